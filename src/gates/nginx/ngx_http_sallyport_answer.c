/* The answer to a denied request: what API Gateway's authorizers answer, in the style of the rule.
 *
 * The phase handlers only return the status, so that `satisfy any`, `auth_delay` and `error_page`
 * work as with nginx's own access modules. Two filters then put API Gateway's header and body in
 * place of nginx's error page, or of whatever else was about to be sent for a denied request.
 */
#include "ngx_http_sallyport.h"

static ngx_http_output_header_filter_pt ngx_http_next_header_filter;
static ngx_http_output_body_filter_pt ngx_http_next_body_filter;

ngx_uint_t ngx_http_sallyport_status(const ngx_http_sallyport_loc_conf_t* conf,
                                     sallyport_reason reason) {
  return (ngx_uint_t)sallyport_denial_of(reason, (int)conf->scope_status,
                                         (sallyport_style)conf->style)
      .status;
}

static sallyport_denial ngx_http_sallyport_denial(ngx_http_sallyport_ctx_t* ctx) {
  return sallyport_denial_of(ctx->reason, (int)ctx->status, (sallyport_style)ctx->conf->style);
}

static ngx_table_elt_t* ngx_http_sallyport_add_header(ngx_http_request_t* r, const char* name,
                                                      sallyport_string value) {
  ngx_table_elt_t* h;

  h = ngx_list_push(&r->headers_out.headers);
  if (h == NULL) {
    return NULL;
  }
  ngx_memzero(h, sizeof(ngx_table_elt_t));
  h->hash = 1;
  h->key.data = (u_char*)name;
  h->key.len = ngx_strlen(name);
  h->value.data = (u_char*)value.data;
  h->value.len = value.size;
  return h;
}

static ngx_int_t ngx_http_sallyport_header_filter(ngx_http_request_t* r) {
  ngx_http_sallyport_ctx_t* ctx;
  sallyport_denial denial;

  ctx = ngx_http_get_module_ctx(r, ngx_http_sallyport_module);
  if (ctx == NULL || ctx->status == 0 || ctx->answered) {
    return ngx_http_next_header_filter(r);
  }

  denial = ngx_http_sallyport_denial(ctx);
  ctx->answered = 1;

  /* another answer, from a cache or an upstream, may have come first: nothing of it is sent */
  ngx_http_clean_header(r);
  r->err_status = ctx->status;
  r->headers_out.status = ctx->status;
  r->headers_out.content_length_n = denial.body.size;
  ngx_str_set(&r->headers_out.content_type, "application/json");
  r->headers_out.content_type_len = r->headers_out.content_type.len;
  r->allow_ranges = 0;

  if (denial.error_type.size != 0 &&
      ngx_http_sallyport_add_header(r, "x-amzn-ErrorType", denial.error_type) == NULL) {
    return NGX_ERROR;
  }
  r->headers_out.www_authenticate =
      ngx_http_sallyport_add_header(r, "WWW-Authenticate", denial.authenticate);
  if (r->headers_out.www_authenticate == NULL) {
    return NGX_ERROR;
  }

  return ngx_http_next_header_filter(r);
}

static ngx_int_t ngx_http_sallyport_body_filter(ngx_http_request_t* r, ngx_chain_t* in) {
  ngx_buf_t* b;
  ngx_chain_t out;
  ngx_chain_t* cl;
  ngx_http_sallyport_ctx_t* ctx;
  sallyport_denial denial;

  ctx = ngx_http_get_module_ctx(r, ngx_http_sallyport_module);
  if (ctx == NULL || !ctx->answered) {
    return ngx_http_next_body_filter(r, in);
  }

  for (cl = in; cl; cl = cl->next) {
    cl->buf->pos = cl->buf->last;
    cl->buf->file_pos = cl->buf->file_last;
  }

  if (ctx->body_sent) {
    return ngx_http_next_body_filter(r, NULL);
  }
  ctx->body_sent = 1;

  b = ngx_calloc_buf(r->pool);
  if (b == NULL) {
    return NGX_ERROR;
  }

  denial = ngx_http_sallyport_denial(ctx);
  b->memory = 1;
  b->pos = (u_char*)denial.body.data;
  b->last = (u_char*)denial.body.data + denial.body.size;
  b->last_buf = (r == r->main) ? 1 : 0;
  b->last_in_chain = 1;
  out.buf = b;
  out.next = NULL;
  return ngx_http_next_body_filter(r, &out);
}

void ngx_http_sallyport_answer_init(void) {
  ngx_http_next_header_filter = ngx_http_top_header_filter;
  ngx_http_top_header_filter = ngx_http_sallyport_header_filter;
  ngx_http_next_body_filter = ngx_http_top_body_filter;
  ngx_http_top_body_filter = ngx_http_sallyport_body_filter;
}
