/* Decides again on requests that take long, so that a revocation also ends them:
 *
 * - While a body is being received, every `sallyport_stream_recheck`, and when it is complete.
 * - Right before bytes are sent to an upstream, after resolving, connecting and the TLS handshake.
 *   A filter is put into u->output, through which every upstream module sends; so this also covers
 *   upstreams that are known only at run time (proxy_pass with variables).
 * - While a request is held open (WebSocket, SSE, gRPC, long polls, slow transfers). Each worker
 *   has a list of allowed requests, which one timer goes through. So a short request costs two
 *   insertions into a list and no timer.
 */
#include "ngx_http_sallyport.h"

static struct {
  ngx_queue_t live;
  ngx_event_t tick;
  ngx_connection_t dummy; /* nginx's debug log reads the file descriptor of a timer's owner */
  ngx_msec_t period;
} ngx_http_sallyport_watch;

static ngx_http_request_body_filter_pt ngx_http_next_request_body_filter;

static void ngx_http_sallyport_tick(ngx_event_t* ev);
static ngx_int_t ngx_http_sallyport_create_request(ngx_http_request_t* r);
static ngx_int_t ngx_http_sallyport_output_filter(void* data, ngx_chain_t* in);

void ngx_http_sallyport_again_init_worker(ngx_cycle_t* cycle, ngx_msec_t recheck) {
  ngx_queue_init(&ngx_http_sallyport_watch.live);
  ngx_http_sallyport_watch.dummy.fd = (ngx_socket_t)-1;
  ngx_http_sallyport_watch.tick.handler = ngx_http_sallyport_tick;
  ngx_http_sallyport_watch.tick.data = &ngx_http_sallyport_watch.dummy;
  ngx_http_sallyport_watch.tick.log = cycle->log;
  /* a worker that shuts down waits for its requests, but not for this timer */
  ngx_http_sallyport_watch.tick.cancelable = 1;
  /* with four checks in each interval, no decision gets older than the interval */
  ngx_http_sallyport_watch.period = ngx_max(recheck / 4, 1);
}

void ngx_http_sallyport_remember(ngx_http_sallyport_ctx_t* ctx) {
  ngx_queue_insert_tail(&ngx_http_sallyport_watch.live, &ctx->live);
  ctx->is_live = 1;

  if (!ngx_http_sallyport_watch.tick.timer_set) {
    ngx_add_timer(&ngx_http_sallyport_watch.tick, ngx_http_sallyport_watch.period);
  }
}

void ngx_http_sallyport_forget(ngx_http_sallyport_ctx_t* ctx) {
  if (ctx->is_live) {
    ngx_queue_remove(&ctx->live);
    ctx->is_live = 0;
  }
}

/* Whether an answer can still be given. That is so in two states, in which nginx itself answers
 * errors: while the body is being read, and while an upstream is being asked. */
static ngx_uint_t ngx_http_sallyport_can_answer(ngx_http_request_t* r) {
  ngx_uint_t asking, reading;
  ngx_http_upstream_t* u;

  if (r != r->main || r != r->connection->data || r->header_sent || r->count != 1 || r->blocked ||
      r->aio || r->postponed != NULL) {
    return 0;
  }

  u = r->upstream;
  asking = u != NULL && u->cleanup != NULL;
  reading = r->request_body != NULL && !r->request_body->last_saved &&
            (r->headers_in.content_length_n > 0 || r->headers_in.chunked);
  return asking || reading;
}

static void ngx_http_sallyport_end(ngx_http_sallyport_ctx_t* ctx) {
  ngx_connection_t* c;
  ngx_http_request_t* r;
  ngx_http_upstream_t* u;

  r = ctx->request;
  c = r->connection;
  u = r->upstream;
  ngx_http_set_log_request(c->log, r);

  if (!ngx_http_sallyport_can_answer(r)) {
    /* Closes the client's connection and the upstream's in any state, as nginx does itself. (The
     * request must not be finalized: while an upstream is working that would free it twice, and
     * `post_action` would continue it.) */
    c->close = 1;
    c->read->handler(c->read);
    return;
  }

  r->keepalive = 0;
  r->lingering_close = 1;
  ngx_http_set_ctx(r, ctx, ngx_http_sallyport_module);

  if (u != NULL && u->cleanup != NULL) {
    /* this releases a reference that belongs to the upstream, so one is added before */
    r->count++;
    (*u->cleanup)(r);
  }

  ngx_http_finalize_request(r, ctx->status);
  ngx_http_run_posted_requests(c);
}

static void ngx_http_sallyport_tick(ngx_event_t* ev) {
  ngx_queue_t due;
  ngx_queue_t* q;
  ngx_http_sallyport_ctx_t* ctx;

  if (ngx_queue_empty(&ngx_http_sallyport_watch.live)) {
    return; /* the next request starts the timer again */
  }

  /* Ending one request may remove others from the list. Therefore requests that are still to be
   * checked are in a list of their own, and every element is always in one of the two. */
  ngx_queue_init(&due);
  ngx_queue_add(&due, &ngx_http_sallyport_watch.live);
  ngx_queue_init(&ngx_http_sallyport_watch.live);

  while (!ngx_queue_empty(&due)) {
    q = ngx_queue_head(&due);
    ngx_queue_remove(q);
    ngx_queue_insert_tail(&ngx_http_sallyport_watch.live, q);
    ctx = ngx_queue_data(q, ngx_http_sallyport_ctx_t, live);

    if (ngx_current_msec - ctx->decided + ngx_http_sallyport_watch.period > ctx->conf->recheck &&
        ngx_http_sallyport_decide_again(ctx) != NGX_OK) {
      ngx_http_sallyport_end(ctx);
    }
  }

  if (!ngx_queue_empty(&ngx_http_sallyport_watch.live)) {
    ngx_add_timer(ev, ngx_http_sallyport_watch.period);
  }
}

static ngx_int_t ngx_http_sallyport_request_body_filter(ngx_http_request_t* r, ngx_chain_t* in) {
  ngx_int_t rc;
  ngx_uint_t due;
  ngx_chain_t* cl;
  ngx_http_sallyport_ctx_t* ctx;

  ctx = ngx_http_get_module_ctx(r, ngx_http_sallyport_module);

  if (ctx != NULL && ctx->verdict == SALLYPORT_ALLOW) {
    due = ngx_current_msec - ctx->decided >= ctx->conf->recheck;
    for (cl = in; cl; cl = cl->next) {
      due |= cl->buf->last_buf;
    }

    if (due) {
      rc = ngx_http_sallyport_decide_again(ctx);
      if (rc != NGX_OK) {
        /* the rest of the body must not be taken for the next request */
        r->keepalive = 0;
        r->lingering_close = 1;
        return rc;
      }
    }
  }

  return ngx_http_next_request_body_filter(r, in);
}

/* How many attempts there were: nginx has a state for each. */
static ngx_uint_t ngx_http_sallyport_attempts(ngx_http_request_t* r) {
  return r->upstream_states != NULL ? r->upstream_states->nelts : 0;
}

static void ngx_http_sallyport_guard_output(ngx_http_sallyport_ctx_t* ctx, ngx_http_upstream_t* u) {
  ctx->output_filter = u->output.output_filter;
  ctx->output_filter_ctx = u->output.filter_ctx;

  if (ctx->output_filter == NULL) { /* nginx's default, which it will set later */
    ctx->output_filter = ngx_chain_writer;
    ctx->output_filter_ctx = &u->writer;
  }

  u->output.output_filter = ngx_http_sallyport_output_filter;
  u->output.filter_ctx = ctx;
  ctx->attempts = ngx_http_sallyport_attempts(ctx->request);
}

static void ngx_http_sallyport_guard_upstream(ngx_http_sallyport_ctx_t* ctx,
                                              ngx_http_upstream_t* u) {
  if (u->output.output_filter == ngx_http_sallyport_output_filter ||
      u->create_request == ngx_http_sallyport_create_request) {
    return;
  }

  if (u->output.output_filter !=
      NULL) { /* the first attempt has begun, or a name is being resolved */
    ngx_http_sallyport_guard_output(ctx, u);
    return;
  }

  /* a body or a cache lock comes first; create_request may then set the output filter */
  ctx->create_request = u->create_request;
  u->create_request = ngx_http_sallyport_create_request;
}

static ngx_int_t ngx_http_sallyport_create_request(ngx_http_request_t* r) {
  ngx_int_t rc;
  ngx_http_upstream_t* u;
  ngx_http_sallyport_ctx_t* ctx;

  ctx = ngx_http_get_module_ctx(r, ngx_http_sallyport_module);
  if (ctx == NULL || ctx->create_request == NULL) {
    return NGX_ERROR;
  }

  u = r->upstream;
  u->create_request = ctx->create_request;
  rc = u->create_request(r);
  if (rc == NGX_OK) {
    ngx_http_sallyport_guard_output(ctx, u);
  }
  return rc;
}

static ngx_int_t ngx_http_sallyport_output_filter(void* data, ngx_chain_t* in) {
  ngx_uint_t attempts, known;
  ngx_http_request_t* r;
  ngx_http_upstream_t* u;
  ngx_http_sallyport_ctx_t* ctx;

  ctx = data;
  r = ctx->request;
  u = r->upstream;

  attempts = ngx_http_sallyport_attempts(r);
  known = attempts == ctx->attempts && ctx->decided == ngx_current_msec &&
          ctx->verdict == SALLYPORT_ALLOW;
  ctx->attempts = attempts;

  /* once the answer has begun, only the timer decides */
  if (u->header_sent || known || ngx_http_sallyport_decide_again(ctx) == NGX_OK) {
    return ctx->output_filter(ctx->output_filter_ctx, in);
  }

  if (!r->request_body_no_buffering) {
    /* nginx ends the request with this status, and does not count it as an upstream's failure */
    return ctx->status;
  }

  /* The body is passed on as it arrives, and here nginx can only fail. Prevents further attempts
   * and error pages; the header filter replaces "502" by our answer. */
  u->peer.tries = 0;
  u->peer.cached = 0;
  r->error_page = 1;
  return NGX_ERROR;
}

ngx_int_t ngx_http_sallyport_content_handler(ngx_http_request_t* r) {
  ngx_int_t rc;
  ngx_uint_t any;
  ngx_http_core_loc_conf_t* clcf;
  ngx_http_sallyport_ctx_t* ctx;
  ngx_http_sallyport_loc_conf_t* slcf;

  slcf = ngx_http_get_module_loc_conf(r, ngx_http_sallyport_module);
  if (slcf->content_handler == NULL) {
    return NGX_HTTP_INTERNAL_SERVER_ERROR;
  }

  clcf = ngx_http_get_module_loc_conf(r, ngx_http_core_module);
  any = clcf->satisfy == NGX_HTTP_SATISFY_ANY;
  ctx = ngx_http_get_module_ctx(r, ngx_http_sallyport_module);

  if (ctx == NULL && r != r->main) {
    /* A copy of a request (slice, proxy_cache_background_update) begins right here. It is decided
     * as any other, unless `satisfy any` has admitted the original request without a token. */
    ctx = ngx_http_get_module_ctx(r->parent, ngx_http_sallyport_module);
    if (!any || (ctx != NULL && ctx->verdict == SALLYPORT_ALLOW)) {
      ctx = ngx_http_sallyport_decide(r);
      if (ctx == NULL) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
      }
    }
  }

  if (ctx == NULL || ctx->verdict != SALLYPORT_ALLOW) {
    if (any && (ctx == NULL || ctx->status == 0)) {
      return slcf->content_handler(r);
    }
    return ctx != NULL && ctx->status ? (ngx_int_t)ctx->status : NGX_HTTP_UNAUTHORIZED;
  }

  rc = slcf->content_handler(r);

  if (r->upstream != NULL && ngx_http_get_module_ctx(r, ngx_http_sallyport_module) == ctx) {
    ngx_http_sallyport_guard_upstream(ctx, r->upstream);
  }
  return rc;
}

void ngx_http_sallyport_again_init(void) {
  ngx_http_next_request_body_filter = ngx_http_top_request_body_filter;
  ngx_http_top_request_body_filter = ngx_http_sallyport_request_body_filter;
}
