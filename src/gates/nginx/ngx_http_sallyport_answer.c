/* The answer to a denied request: what API Gateway's COGNITO_USER_POOLS authorizer answers.
 *
 * The phase handlers only return the status, so that `satisfy any`, `auth_delay` and `error_page`
 * work as with nginx's own access modules. Two filters then put API Gateway's header and body in
 * place of nginx's error page, or of whatever else was about to be sent for a denied request.
 */
#include "ngx_http_sallyport.h"

typedef struct {
  ngx_str_t body;
  ngx_str_t error_type;   /* x-amzn-ErrorType */
  ngx_str_t authenticate; /* WWW-Authenticate, RFC 6750 section 3 */
} ngx_http_sallyport_answer_t;

#define NGX_HTTP_SALLYPORT_UNAUTHORIZED "{\"message\":\"Unauthorized\"}"

static ngx_http_sallyport_answer_t ngx_http_sallyport_no_token = {
    ngx_string(NGX_HTTP_SALLYPORT_UNAUTHORIZED), ngx_string("UnauthorizedException"),
    ngx_string("Bearer")};
static ngx_http_sallyport_answer_t ngx_http_sallyport_refused = {
    ngx_string(NGX_HTTP_SALLYPORT_UNAUTHORIZED), ngx_string("UnauthorizedException"),
    ngx_string("Bearer error=\"invalid_token\"")};
static ngx_http_sallyport_answer_t ngx_http_sallyport_expired = {
    ngx_string("{\"message\":\"The incoming token has expired\"}"),
    ngx_string("UnauthorizedException"), ngx_string("Bearer error=\"invalid_token\"")};
static ngx_http_sallyport_answer_t ngx_http_sallyport_scope_401 = {
    ngx_string(NGX_HTTP_SALLYPORT_UNAUTHORIZED), ngx_string("UnauthorizedException"),
    ngx_string("Bearer error=\"insufficient_scope\"")};
static ngx_http_sallyport_answer_t ngx_http_sallyport_scope_403 = {
    ngx_string("{\"message\":\"Forbidden\"}"), ngx_string("ForbiddenException"),
    ngx_string("Bearer error=\"insufficient_scope\"")};

static ngx_http_output_header_filter_pt ngx_http_next_header_filter;
static ngx_http_output_body_filter_pt ngx_http_next_body_filter;

ngx_uint_t ngx_http_sallyport_status(const ngx_http_sallyport_loc_conf_t* conf,
                                     sallyport_reason reason) {
  return reason == SALLYPORT_REASON_INSUFFICIENT_SCOPE ? conf->scope_status : NGX_HTTP_UNAUTHORIZED;
}

static ngx_http_sallyport_answer_t* ngx_http_sallyport_answer(ngx_http_sallyport_ctx_t* ctx) {
  switch (ctx->reason) {
    case SALLYPORT_REASON_NO_TOKEN:
      return &ngx_http_sallyport_no_token;
    case SALLYPORT_REASON_EXPIRED:
      return &ngx_http_sallyport_expired;
    case SALLYPORT_REASON_INSUFFICIENT_SCOPE:
      return ctx->status == NGX_HTTP_FORBIDDEN ? &ngx_http_sallyport_scope_403
                                               : &ngx_http_sallyport_scope_401;
    default:
      return &ngx_http_sallyport_refused;
  }
}

static ngx_table_elt_t* ngx_http_sallyport_add_header(ngx_http_request_t* r, const char* name,
                                                      ngx_str_t* value) {
  ngx_table_elt_t* h;

  h = ngx_list_push(&r->headers_out.headers);
  if (h == NULL) {
    return NULL;
  }
  ngx_memzero(h, sizeof(ngx_table_elt_t));
  h->hash = 1;
  h->key.data = (u_char*)name;
  h->key.len = ngx_strlen(name);
  h->value = *value;
  return h;
}

static ngx_int_t ngx_http_sallyport_header_filter(ngx_http_request_t* r) {
  ngx_http_sallyport_ctx_t* ctx;
  ngx_http_sallyport_answer_t* answer;

  ctx = ngx_http_get_module_ctx(r, ngx_http_sallyport_module);
  if (ctx == NULL || ctx->status == 0 || ctx->answered) {
    return ngx_http_next_header_filter(r);
  }

  answer = ngx_http_sallyport_answer(ctx);
  ctx->answered = 1;

  /* another answer, from a cache or an upstream, may have come first: nothing of it is sent */
  ngx_http_clean_header(r);
  r->err_status = ctx->status;
  r->headers_out.status = ctx->status;
  r->headers_out.content_length_n = answer->body.len;
  ngx_str_set(&r->headers_out.content_type, "application/json");
  r->headers_out.content_type_len = r->headers_out.content_type.len;
  r->allow_ranges = 0;

  if (ngx_http_sallyport_add_header(r, "x-amzn-ErrorType", &answer->error_type) == NULL) {
    return NGX_ERROR;
  }
  r->headers_out.www_authenticate =
      ngx_http_sallyport_add_header(r, "WWW-Authenticate", &answer->authenticate);
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
  ngx_http_sallyport_answer_t* answer;

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

  answer = ngx_http_sallyport_answer(ctx);
  b->memory = 1;
  b->pos = answer->body.data;
  b->last = answer->body.data + answer->body.len;
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
