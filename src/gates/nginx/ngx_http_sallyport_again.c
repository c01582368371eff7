/* The decisions after the first.
 *
 * - A body: when it is complete, and on its way every `sallyport_stream_recheck`.
 * - An upstream attempt: right before bytes go out to it, after resolving, connecting and the TLS
 *   handshake. u->output, which every upstream module sends through, gets a filter of ours; that
 *   also covers upstreams that are known at run time only (proxy_pass with variables).
 * - A request held open (WebSocket, SSE, gRPC, long polls, slow transfers): allowed requests stand
 *   in a list per worker, which one timer walks. So a short request costs two insertions into a
 *   list and no timer.
 */
#include "ngx_http_sallyport.h"

static struct {
  ngx_queue_t live;
  ngx_event_t tick;
  ngx_connection_t dummy; /* nginx's debug log asks a timer's owner for its descriptor */
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
  /* a worker that shuts down waits for its requests, not for this */
  ngx_http_sallyport_watch.tick.cancelable = 1;
  /* four looks per interval: no decision becomes older than the interval */
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

/* The two states in which an answer can still be given, both as nginx itself leaves them on an
 * error: the body is being read, or an upstream is being asked. */
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
    /* As nginx closes a connection itself: the client's side and the upstream's, in any state. (Not
     * by finalizing the request: with an upstream at work that frees it twice, and `post_action`
     * would keep it going.) */
    c->close = 1;
    c->read->handler(c->read);
    return;
  }

  r->keepalive = 0;
  r->lingering_close = 1;
  ngx_http_set_ctx(r, ctx, ngx_http_sallyport_module);

  if (u != NULL && u->cleanup != NULL) {
    /* it gives back a reference that belongs to the upstream: ours takes its place */
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
    return; /* the next request starts it again */
  }

  /* Ending one request may take others off the list: what is yet to be looked at stands in a list
   * of its own, and every element is in one of the two at all times. */
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
        /* what is left of the body must not be taken for the next request */
        r->keepalive = 0;
        r->lingering_close = 1;
        return rc;
      }
    }
  }

  return ngx_http_next_request_body_filter(r, in);
}

/* nginx keeps a state per attempt. */
static ngx_uint_t ngx_http_sallyport_attempts(ngx_http_request_t* r) {
  return r->upstream_states != NULL ? r->upstream_states->nelts : 0;
}

static void ngx_http_sallyport_guard_output(ngx_http_sallyport_ctx_t* ctx, ngx_http_upstream_t* u) {
  ctx->output_filter = u->output.output_filter;
  ctx->output_filter_ctx = u->output.filter_ctx;

  if (ctx->output_filter == NULL) { /* nginx's default, which it sets later than now */
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

  if (u->output.output_filter != NULL) { /* the first attempt has begun, or a name is resolved */
    ngx_http_sallyport_guard_output(ctx, u);
    return;
  }

  /* a body is read or a cache's lock awaited first; create_request may set the output filter */
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

  /* once the answer has begun, the timer is the judge */
  if (u->header_sent || known || ngx_http_sallyport_decide_again(ctx) == NGX_OK) {
    return ctx->output_filter(ctx->output_filter_ctx, in);
  }

  if (!r->request_body_no_buffering) {
    /* nginx ends the request with this status, and blames no server for it */
    return ctx->status;
  }

  /* A body that is passed on as it comes: nginx knows only failure here. No further attempt, and no
   * error page but ours, which the header filter puts in place of "502". */
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
    /* A copy of a request (slice, proxy_cache_background_update) begins right here: it is decided
     * as any other, unless `satisfy any` has let in what it copies without a token. */
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
