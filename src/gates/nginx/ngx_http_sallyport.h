/* Declarations that the files of the module share. */
#ifndef NGX_HTTP_SALLYPORT_H_
#define NGX_HTTP_SALLYPORT_H_

#include <ngx_config.h>
/* (order matters to nginx) */
#include <ngx_core.h>
#include <ngx_event.h>
#include <ngx_http.h>

#include "authorizer/sallyport.h"

typedef struct {
  ngx_str_t replica; /* terminated; empty: no sallyport_replica */
  ngx_uid_t owner;
  ngx_uint_t cache; /* tokens per worker */
  /* The shortest sallyport_stream_recheck of all guarded locations; NGX_CONF_UNSET_MSEC: none is
   * guarded. */
  ngx_msec_t recheck;
} ngx_http_sallyport_main_conf_t;

typedef enum {
  NGX_HTTP_SALLYPORT_OFF = 0,
  NGX_HTTP_SALLYPORT_LIVE,
  NGX_HTTP_SALLYPORT_STATELESS
} ngx_http_sallyport_mode_e;

typedef struct {
  ngx_uint_t mode; /* ngx_http_sallyport_mode_e */
  /* Where the directive `sallyport` is, for messages after the whole block was read. */
  u_char* file_name;
  ngx_uint_t line;
  ngx_array_t* issuers; /* of ngx_str_t */
  ngx_array_t* clients;
  ngx_array_t* scopes;
  time_t leeway;
  ngx_uint_t scope_status; /* 0: that of the style */
  ngx_uint_t style;        /* sallyport_style */
  ngx_msec_t recheck;
  sallyport_rule* rule; /* NULL with OFF */
  /* The location's own handler, which ngx_http_sallyport_content_handler replaces in nginx's
   * configuration. */
  ngx_http_handler_pt content_handler;
} ngx_http_sallyport_loc_conf_t;

/* A request on which a guarded location has decided. It is in the request's pool, so it can still
 * be read when the request is logged. After an internal redirect a new one is made, and this one
 * stays. */
typedef struct {
  ngx_queue_t live; /* in the worker's list while is_live */
  ngx_http_request_t* request;
  ngx_http_sallyport_loc_conf_t* conf; /* the rule that decided */
  sallyport_token* token;              /* for claims; NULL: no token was verified */
  sallyport_verdict verdict;
  sallyport_reason reason;
  ngx_msec_t decided; /* ngx_current_msec of the last decision */
  ngx_uint_t status;  /* of a denial that still has to be answered; 0: none */
  unsigned is_live : 1;
  unsigned answered : 1; /* the denial's header is sent; its body replaces any other */
  unsigned body_sent : 1;
  /* The functions that the module has replaced by its own (see ngx_http_sallyport_again.c). */
  ngx_int_t (*create_request)(ngx_http_request_t* r);
  ngx_output_chain_filter_pt output_filter;
  void* output_filter_ctx;
  ngx_uint_t attempts; /* upstream attempts that were decided on */
} ngx_http_sallyport_ctx_t;

extern ngx_module_t ngx_http_sallyport_module;

/* ngx_http_sallyport_directives.c */

/* A text that follows the value in an error message and says what is wrong with it; NULL: nothing
 * is wrong. */
typedef const char* (*ngx_http_sallyport_check_pt)(ngx_str_t* value);

char* ngx_http_sallyport_replica(ngx_conf_t* cf, ngx_command_t* cmd, void* conf);
char* ngx_http_sallyport_mode(ngx_conf_t* cf, ngx_command_t* cmd, void* conf);
/* cmd->post is an ngx_http_sallyport_check_pt, or NULL */
char* ngx_http_sallyport_list(ngx_conf_t* cf, ngx_command_t* cmd, void* conf);
const char* ngx_http_sallyport_check_issuer(ngx_str_t* value);
char* ngx_http_sallyport_check_leeway(ngx_conf_t* cf, void* post, void* data);
char* ngx_http_sallyport_check_recheck(ngx_conf_t* cf, void* post, void* data);

/* ngx_http_sallyport_access.c */

ngx_int_t ngx_http_sallyport_init_worker(ngx_cycle_t* cycle, ngx_http_sallyport_main_conf_t* smcf);
void ngx_http_sallyport_exit_worker(void);
ngx_int_t ngx_http_sallyport_access_handler(ngx_http_request_t* r);
ngx_int_t ngx_http_sallyport_precontent_handler(ngx_http_request_t* r);
/* Makes the first decision on `r` in its present location. NULL: there is no memory. */
ngx_http_sallyport_ctx_t* ngx_http_sallyport_decide(ngx_http_request_t* r);
/* Decides again by the same rule. Gives NGX_OK, or the status to answer with. A denial is logged
 * and stored in ctx, and remains a denial. */
ngx_int_t ngx_http_sallyport_decide_again(ngx_http_sallyport_ctx_t* ctx);
/* The decision on `r`, even if a redirect or an error has cleared the module's context. */
ngx_http_sallyport_ctx_t* ngx_http_sallyport_find_ctx(ngx_http_request_t* r);

/* ngx_http_sallyport_again.c */

void ngx_http_sallyport_again_init_worker(ngx_cycle_t* cycle, ngx_msec_t recheck);
/* From now on the allowed request is decided again every `sallyport_stream_recheck`, until it is
 * forgotten. */
void ngx_http_sallyport_remember(ngx_http_sallyport_ctx_t* ctx);
void ngx_http_sallyport_forget(ngx_http_sallyport_ctx_t* ctx);
ngx_int_t ngx_http_sallyport_content_handler(ngx_http_request_t* r);
void ngx_http_sallyport_again_init(void);

/* ngx_http_sallyport_answer.c */

ngx_uint_t ngx_http_sallyport_status(const ngx_http_sallyport_loc_conf_t* conf,
                                     sallyport_reason reason);
void ngx_http_sallyport_answer_init(void);

/* ngx_http_sallyport_variables.c */

ngx_int_t ngx_http_sallyport_add_variables(ngx_conf_t* cf);
char* ngx_http_sallyport_claim(ngx_conf_t* cf, ngx_command_t* cmd, void* conf);

/* ngx_http_sallyport_warnings.c */

/* Warns about parts of the block being merged that `sallyport` does not guard. */
void ngx_http_sallyport_warn(ngx_conf_t* cf, ngx_http_sallyport_loc_conf_t* slcf);

#endif /* NGX_HTTP_SALLYPORT_H_ */
