/* Decides on requests.
 *
 * The ACCESS phase decides on requests of clients and takes part in `satisfy`. nginx skips it for
 * subrequests. Therefore the PRECONTENT phase, which every request passes right before its content
 * is made, decides on requests that were not decided yet and refuses those that were denied. So no
 * guarded location is reached without a decision. Internal redirects (error_page, X-Accel-Redirect,
 * try_files, named locations) run both phases again with the module's context cleared, so each
 * location decides by its own rule.
 */
#include "ngx_http_sallyport.h"

/* Problems of the gate itself are logged at most once a second by each worker. */
#define NGX_HTTP_SALLYPORT_COMPLAIN_MSEC 1000

static struct {
  sallyport_gate* gate;
  ngx_msec_t complained;
  ngx_uint_t in_trouble;
} ngx_http_sallyport_worker;

static void ngx_http_sallyport_cleanup(void* data);

ngx_int_t ngx_http_sallyport_init_worker(ngx_cycle_t* cycle, ngx_http_sallyport_main_conf_t* smcf) {
  sallyport_gate_options options;

  options.replica_path = (const char*)smcf->replica.data;
  options.replica_owner = (uint32_t)smcf->owner;
  options.cache_tokens = (uint32_t)smcf->cache;

  ngx_http_sallyport_worker.gate = sallyport_gate_new(&options);
  if (ngx_http_sallyport_worker.gate == NULL) {
    /* nginx does not restart a worker that fails to start, so it starts and denies everything */
    ngx_log_error(NGX_LOG_ALERT, cycle->log, 0,
                  "sallyport: no memory for the gate, which therefore denies every request");
  }

  ngx_http_sallyport_again_init_worker(cycle, smcf->recheck);
  return NGX_OK;
}

void ngx_http_sallyport_exit_worker(void) {
  if (ngx_http_sallyport_worker.gate != NULL) {
    sallyport_gate_free(ngx_http_sallyport_worker.gate);
    ngx_http_sallyport_worker.gate = NULL;
  }
}

static sallyport_decision ngx_http_sallyport_ask(ngx_http_request_t* r, sallyport_rule* rule) {
  ngx_table_elt_t* header;
  sallyport_string token;
  sallyport_decision denied = {SALLYPORT_DENY, SALLYPORT_REASON_NONE, NULL};

  if (ngx_http_sallyport_worker.gate == NULL || rule == NULL) {
    return denied;
  }

  header = r->headers_in.authorization;
  if (header == NULL) {
    denied.reason = SALLYPORT_REASON_NO_TOKEN;
    return denied;
  }

#if (nginx_version >= 1023000)
  if (header->next != NULL) { /* older ones answer 400 themselves */
    denied.reason = SALLYPORT_REASON_MALFORMED;
    return denied;
  }
#endif

  token = sallyport_bearer((const char*)header->value.data, header->value.len);
  if (token.size == 0) {
    denied.reason = SALLYPORT_REASON_NO_TOKEN;
    return denied;
  }

  return sallyport_authorize(ngx_http_sallyport_worker.gate, rule, token.data, token.size);
}

/* Logs a denial: a problem of the gate itself as an error, once a second; a refused token as info.
 */
static void ngx_http_sallyport_log_denial(ngx_http_sallyport_ctx_t* ctx, const char* when) {
  ngx_log_t* log;
  const char* problem;

  log = ctx->request->connection->log;

  ngx_log_error(NGX_LOG_INFO, log, 0, "sallyport: denied%s: %s", when,
                sallyport_reason_name(ctx->reason));

  if (ctx->reason != SALLYPORT_REASON_REPLICA_UNUSABLE &&
      ctx->reason != SALLYPORT_REASON_NO_LEASE && ctx->reason != SALLYPORT_REASON_NONE) {
    return;
  }

  if (ngx_http_sallyport_worker.in_trouble &&
      ngx_current_msec - ngx_http_sallyport_worker.complained < NGX_HTTP_SALLYPORT_COMPLAIN_MSEC) {
    return;
  }

  ngx_http_sallyport_worker.in_trouble = 1;
  ngx_http_sallyport_worker.complained = ngx_current_msec;

  problem = "";
  if (ngx_http_sallyport_worker.gate != NULL) {
    problem = sallyport_gate_problem(ngx_http_sallyport_worker.gate);
  }
  if (*problem == '\0') {
    problem =
        ctx->reason == SALLYPORT_REASON_NO_LEASE ? "the agent holds no lease" : "the gate failed";
  }

  ngx_log_error(NGX_LOG_ERR, log, 0, "sallyport: requests are denied: %s", problem);
}

static void ngx_http_sallyport_take(ngx_http_sallyport_ctx_t* ctx, sallyport_decision decision,
                                    const char* when) {
  ctx->verdict = decision.verdict;
  ctx->reason = decision.reason;
  ctx->decided = ngx_current_msec;

  if (decision.token != NULL) {
    /* the first token is kept, because texts of its claims may be in use */
    if (ctx->token == NULL) {
      ctx->token = decision.token;
    } else {
      sallyport_token_unref(decision.token);
    }
  }

  if (decision.verdict == SALLYPORT_ALLOW) {
    if (ngx_http_sallyport_worker.in_trouble && ctx->conf->mode == NGX_HTTP_SALLYPORT_LIVE) {
      ngx_http_sallyport_worker.in_trouble = 0;
      ngx_log_error(NGX_LOG_NOTICE, ctx->request->connection->log, 0,
                    "sallyport: requests are served again");
    }
    return;
  }

  ctx->status = ngx_http_sallyport_status(ctx->conf, decision.reason);
  ngx_http_sallyport_forget(ctx);
  ngx_http_sallyport_log_denial(ctx, when);
}

ngx_http_sallyport_ctx_t* ngx_http_sallyport_decide(ngx_http_request_t* r) {
  ngx_pool_cleanup_t* cln;
  ngx_http_sallyport_ctx_t* ctx;

  cln = ngx_pool_cleanup_add(r->pool, sizeof(ngx_http_sallyport_ctx_t));
  if (cln == NULL) {
    return NULL;
  }

  ctx = cln->data;
  ngx_memzero(ctx, sizeof(ngx_http_sallyport_ctx_t));
  ctx->request = r;
  ctx->conf = ngx_http_get_module_loc_conf(r, ngx_http_sallyport_module);
  cln->handler = ngx_http_sallyport_cleanup;
  ngx_http_set_ctx(r, ctx, ngx_http_sallyport_module);

  ngx_http_sallyport_take(ctx, ngx_http_sallyport_ask(r, ctx->conf->rule), "");

  if (ctx->verdict == SALLYPORT_ALLOW) {
    ngx_http_sallyport_remember(ctx);
  }
  return ctx;
}

ngx_int_t ngx_http_sallyport_decide_again(ngx_http_sallyport_ctx_t* ctx) {
  if (ctx->verdict == SALLYPORT_ALLOW) {
    ngx_http_sallyport_take(ctx, ngx_http_sallyport_ask(ctx->request, ctx->conf->rule),
                            " after it was allowed");
  }
  return ctx->status ? (ngx_int_t)ctx->status : NGX_OK;
}

static void ngx_http_sallyport_cleanup(void* data) {
  ngx_http_sallyport_ctx_t* ctx = data;

  ngx_http_sallyport_forget(ctx);
  if (ctx->token != NULL) {
    sallyport_token_unref(ctx->token);
    ctx->token = NULL;
  }
}

ngx_http_sallyport_ctx_t* ngx_http_sallyport_find_ctx(ngx_http_request_t* r) {
  ngx_pool_cleanup_t* cln;
  ngx_http_sallyport_ctx_t* ctx;

  ctx = ngx_http_get_module_ctx(r, ngx_http_sallyport_module);
  if (ctx != NULL || !(r->internal || r->filter_finalize)) {
    return ctx;
  }

  /* the newest comes first; a request and its subrequests share a pool */
  for (cln = r->pool->cleanup; cln; cln = cln->next) {
    if (cln->handler == ngx_http_sallyport_cleanup) {
      ctx = cln->data;
      if (ctx->request == r) {
        return ctx;
      }
    }
  }
  return NULL;
}

ngx_int_t ngx_http_sallyport_access_handler(ngx_http_request_t* r) {
  ngx_http_sallyport_ctx_t* ctx;
  ngx_http_sallyport_loc_conf_t* slcf;

  slcf = ngx_http_get_module_loc_conf(r, ngx_http_sallyport_module);
  if (slcf->mode == NGX_HTTP_SALLYPORT_OFF) {
    return NGX_DECLINED;
  }

  ctx = ngx_http_sallyport_decide(r);
  if (ctx == NULL) {
    return NGX_HTTP_INTERNAL_SERVER_ERROR;
  }
  return ctx->status ? (ngx_int_t)ctx->status : NGX_OK;
}

ngx_int_t ngx_http_sallyport_precontent_handler(ngx_http_request_t* r) {
  ngx_uint_t satisfied;
  ngx_http_core_loc_conf_t* clcf;
  ngx_http_sallyport_ctx_t* ctx;
  ngx_http_sallyport_loc_conf_t* slcf;

  slcf = ngx_http_get_module_loc_conf(r, ngx_http_sallyport_module);
  if (slcf->mode == NGX_HTTP_SALLYPORT_OFF) {
    return NGX_DECLINED;
  }

  clcf = ngx_http_get_module_loc_conf(r, ngx_http_core_module);
  /* the ACCESS phase has admitted this request; with `satisfy any`, perhaps by another module */
  satisfied = r == r->main && clcf->satisfy == NGX_HTTP_SATISFY_ANY;
  ctx = ngx_http_get_module_ctx(r, ngx_http_sallyport_module);

  if (ctx == NULL) {
    if (satisfied) {
      return NGX_DECLINED;
    }
    ctx = ngx_http_sallyport_decide(r);
    if (ctx == NULL) {
      return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

  } else if (ctx->verdict == SALLYPORT_ALLOW) {
    /* another access handler, such as auth_request, may have waited since then */
    if (ctx->decided != ngx_current_msec) {
      (void)ngx_http_sallyport_decide_again(ctx);
    }

  } else if (satisfied) {
    ctx->status = 0;
    return NGX_DECLINED;
  }

  if (ctx->verdict != SALLYPORT_ALLOW) {
    return ctx->status ? (ngx_int_t)ctx->status : NGX_HTTP_UNAUTHORIZED;
  }
  return NGX_DECLINED;
}
