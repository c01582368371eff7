/* Warnings of `nginx -t` about places that `sallyport on` cannot guard. */
#include "ngx_http_sallyport.h"

extern ngx_module_t ngx_http_rewrite_module;

/* The beginning of ngx_http_rewrite_loc_conf_t, which nginx declares only in its .c file. */
typedef struct {
  ngx_array_t* codes; /* uintptr_t: addresses of script functions, each followed by its operands */
} ngx_http_sallyport_rewrite_conf_t;

/* The directive with which a location's script answers by itself: "return", "rewrite ... redirect",
 * or NULL. The codes of `if` blocks are in the same script. */
static const char* ngx_http_sallyport_script_answer(ngx_array_t* codes) {
  uintptr_t* word;
  uintptr_t* end;
  ngx_http_script_regex_code_t* regex;

  if (codes == NULL) {
    return NULL;
  }

  word = codes->elts;
  end = (uintptr_t*)((u_char*)codes->elts + codes->nelts);
  for (; word < end; word++) {
    if (*word == (uintptr_t)ngx_http_script_return_code) {
      return "return";
    }
    if (*word == (uintptr_t)ngx_http_script_regex_start_code &&
        (u_char*)word + sizeof(ngx_http_script_regex_code_t) <= (u_char*)end) {
      regex = (ngx_http_script_regex_code_t*)word;
      if (regex->redirect && !regex->test) {
        return "rewrite ... redirect";
      }
    }
  }
  return NULL;
}

void ngx_http_sallyport_warn(ngx_conf_t* cf, ngx_http_sallyport_loc_conf_t* slcf) {
  const char* answer;
  const char* kind;
  ngx_str_t* where;
  ngx_http_core_loc_conf_t* clcf;
  ngx_http_core_srv_conf_t* cscf;
  ngx_http_sallyport_rewrite_conf_t* script;

  /* while nginx merges, cf->ctx belongs to the block that is being merged */
  clcf = ngx_http_conf_get_module_loc_conf(cf, ngx_http_core_module);
  if (clcf->noname) { /* `if` and `limit_except` belong to a location that was checked */
    return;
  }

  cscf = ngx_http_conf_get_module_srv_conf(cf, ngx_http_core_module);
  kind = clcf->name.len ? "location" : "server";
  where = clcf->name.len ? &clcf->name : &cscf->server_name;

  script = ngx_http_conf_get_module_loc_conf(cf, ngx_http_rewrite_module);
  answer = ngx_http_sallyport_script_answer(script->codes);
  if (answer != NULL) {
    ngx_log_error(NGX_LOG_WARN, cf->log, 0,
                  "\"sallyport\" in %s:%ui cannot guard \"%s\" in %s \"%V\": nginx runs it before "
                  "any access check",
                  slcf->file_name, slcf->line, answer, kind, where);
  }

  if (clcf->satisfy == NGX_HTTP_SATISFY_ANY) {
    ngx_log_error(NGX_LOG_WARN, cf->log, 0,
                  "\"sallyport\" in %s:%ui does not guard %s \"%V\" alone: with \"satisfy any\" "
                  "any other access check lets a request in without a token",
                  slcf->file_name, slcf->line, kind, where);
  }
}
