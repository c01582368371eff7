/* $sallyport_decision, $sallyport_reason, $sallyport_claim_NAME, and `sallyport_claim`.
 *
 * Claims have values only if the request is allowed: a refused token identifies nobody.
 */
#include "ngx_http_sallyport.h"

#define NGX_HTTP_SALLYPORT_CLAIM_PREFIX "sallyport_claim_"

static ngx_int_t ngx_http_sallyport_set_text(ngx_http_variable_value_t* v, const char* text,
                                             size_t len) {
  v->valid = 1;
  v->no_cacheable = 0;
  v->not_found = 0;
  v->len = len;
  v->data = (u_char*)text;
  return NGX_OK;
}

static ngx_int_t ngx_http_sallyport_decision_variable(ngx_http_request_t* r,
                                                      ngx_http_variable_value_t* v,
                                                      uintptr_t data) {
  ngx_http_sallyport_ctx_t* ctx;

  (void)data;
  ctx = ngx_http_sallyport_find_ctx(r);
  if (ctx == NULL) {
    v->not_found = 1;
    return NGX_OK;
  }
  return ctx->verdict == SALLYPORT_ALLOW ? ngx_http_sallyport_set_text(v, "allow", 5)
                                         : ngx_http_sallyport_set_text(v, "deny", 4);
}

static ngx_int_t ngx_http_sallyport_reason_variable(ngx_http_request_t* r,
                                                    ngx_http_variable_value_t* v, uintptr_t data) {
  const char* name;
  ngx_http_sallyport_ctx_t* ctx;

  (void)data;
  ctx = ngx_http_sallyport_find_ctx(r);
  if (ctx == NULL || ctx->verdict == SALLYPORT_ALLOW) {
    v->not_found = 1;
    return NGX_OK;
  }
  name = sallyport_reason_name(ctx->reason);
  return ngx_http_sallyport_set_text(v, name, ngx_strlen(name));
}

/* Control characters become spaces, because claims are used in headers and logs. */
static ngx_int_t ngx_http_sallyport_set_claim(ngx_http_request_t* r, ngx_http_variable_value_t* v,
                                              sallyport_string claim) {
  size_t i;
  u_char* p;

  for (i = 0; i < claim.size; i++) {
    if ((u_char)claim.data[i] < 0x20 || claim.data[i] == 0x7f) {
      break;
    }
  }
  if (i == claim.size) {
    return ngx_http_sallyport_set_text(v, claim.data, claim.size);
  }

  p = ngx_pnalloc(r->pool, claim.size);
  if (p == NULL) {
    return NGX_ERROR;
  }
  for (i = 0; i < claim.size; i++) {
    p[i] = ((u_char)claim.data[i] < 0x20 || claim.data[i] == 0x7f) ? ' ' : (u_char)claim.data[i];
  }
  return ngx_http_sallyport_set_text(v, (char*)p, claim.size);
}

/* The token with which the request was allowed, or NULL. */
static sallyport_token* ngx_http_sallyport_allowed_token(ngx_http_request_t* r) {
  ngx_http_sallyport_ctx_t* ctx;

  ctx = ngx_http_sallyport_find_ctx(r);
  return ctx != NULL && ctx->verdict == SALLYPORT_ALLOW ? ctx->token : NULL;
}

/* `data` is an ngx_str_t* with the exact name of the claim */
static ngx_int_t ngx_http_sallyport_named_claim_variable(ngx_http_request_t* r,
                                                         ngx_http_variable_value_t* v,
                                                         uintptr_t data) {
  ngx_str_t* name = (ngx_str_t*)data;
  sallyport_token* token;
  sallyport_string claim;

  token = ngx_http_sallyport_allowed_token(r);
  if (token == NULL || !sallyport_token_claim(token, (const char*)name->data, name->len, &claim)) {
    v->not_found = 1;
    return NGX_OK;
  }
  return ngx_http_sallyport_set_claim(r, v, claim);
}

/* `data` is an ngx_str_t* with the whole name of the variable. The name of a variable cannot have a
 * colon, so cognito_groups also means cognito:groups, and custom_plan custom:plan, if there is no
 * claim with exactly that name. */
static ngx_int_t ngx_http_sallyport_claim_variable(ngx_http_request_t* r,
                                                   ngx_http_variable_value_t* v, uintptr_t data) {
  static const ngx_str_t namespaces[] = {ngx_string("cognito_"), ngx_string("custom_"),
                                         ngx_string("dev_custom_")};
  u_char* colon;
  size_t i;
  ngx_str_t name;
  sallyport_token* token;
  sallyport_string claim;
  ngx_str_t* variable = (ngx_str_t*)data;

  name.data = variable->data + sizeof(NGX_HTTP_SALLYPORT_CLAIM_PREFIX) - 1;
  name.len = variable->len - (sizeof(NGX_HTTP_SALLYPORT_CLAIM_PREFIX) - 1);
  v->not_found = 1;

  token = ngx_http_sallyport_allowed_token(r);
  if (token == NULL) {
    return NGX_OK;
  }
  if (sallyport_token_claim(token, (const char*)name.data, name.len, &claim)) {
    return ngx_http_sallyport_set_claim(r, v, claim);
  }

  for (i = 0; i < sizeof(namespaces) / sizeof(namespaces[0]); i++) {
    if (name.len <= namespaces[i].len ||
        ngx_strncmp(name.data, namespaces[i].data, namespaces[i].len) != 0) {
      continue;
    }
    colon = ngx_pnalloc(r->pool, name.len);
    if (colon == NULL) {
      return NGX_ERROR;
    }
    ngx_memcpy(colon, name.data, name.len);
    colon[namespaces[i].len - 1] = ':';
    if (i == 2) { /* dev:custom:x */
      colon[3] = ':';
    }
    if (sallyport_token_claim(token, (const char*)colon, name.len, &claim)) {
      return ngx_http_sallyport_set_claim(r, v, claim);
    }
  }
  return NGX_OK;
}

static ngx_http_variable_t ngx_http_sallyport_variables[] = {
    {ngx_string("sallyport_decision"), NULL, ngx_http_sallyport_decision_variable, 0,
     NGX_HTTP_VAR_NOCACHEABLE, 0},
    {ngx_string("sallyport_reason"), NULL, ngx_http_sallyport_reason_variable, 0,
     NGX_HTTP_VAR_NOCACHEABLE, 0},
    {ngx_string(NGX_HTTP_SALLYPORT_CLAIM_PREFIX), NULL, ngx_http_sallyport_claim_variable, 0,
     NGX_HTTP_VAR_NOCACHEABLE | NGX_HTTP_VAR_PREFIX, 0},
    ngx_http_null_variable};

ngx_int_t ngx_http_sallyport_add_variables(ngx_conf_t* cf) {
  ngx_http_variable_t* v;
  ngx_http_variable_t* var;

  for (v = ngx_http_sallyport_variables; v->name.len; v++) {
    var = ngx_http_add_variable(cf, &v->name, v->flags);
    if (var == NULL) {
      return NGX_ERROR;
    }
    var->get_handler = v->get_handler;
    var->data = v->data;
  }
  return NGX_OK;
}

/* sallyport_claim $variable claim; */
char* ngx_http_sallyport_claim(ngx_conf_t* cf, ngx_command_t* cmd, void* conf) {
  ngx_str_t* value;
  ngx_str_t* claim;
  ngx_http_variable_t* var;

  (void)cmd;
  (void)conf;
  value = cf->args->elts;

  if (value[1].len < 2 || value[1].data[0] != '$') {
    ngx_conf_log_error(NGX_LOG_EMERG, cf, 0, "invalid variable name \"%V\"", &value[1]);
    return NGX_CONF_ERROR;
  }
  if (value[2].len == 0) {
    return "needs the name of a claim";
  }
  value[1].data++;
  value[1].len--;

  claim = ngx_palloc(cf->pool, sizeof(ngx_str_t));
  if (claim == NULL) {
    return NGX_CONF_ERROR;
  }
  *claim = value[2];

  var = ngx_http_add_variable(cf, &value[1], NGX_HTTP_VAR_NOCACHEABLE);
  if (var == NULL) {
    return NGX_CONF_ERROR;
  }
  var->get_handler = ngx_http_sallyport_named_claim_variable;
  var->data = (uintptr_t)claim;
  return NGX_CONF_OK;
}
