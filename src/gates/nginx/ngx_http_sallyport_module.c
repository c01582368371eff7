/* The module: its directives (docs/nginx.md), its configurations, and how they are merged. */
#include "ngx_http_sallyport.h"

#define NGX_HTTP_SALLYPORT_DEFAULT_CACHE 16384
#define NGX_HTTP_SALLYPORT_GREATEST_CACHE (16 * 1024 * 1024)

static void* ngx_http_sallyport_create_main_conf(ngx_conf_t* cf);
static char* ngx_http_sallyport_init_main_conf(ngx_conf_t* cf, void* conf);
static void* ngx_http_sallyport_create_loc_conf(ngx_conf_t* cf);
static char* ngx_http_sallyport_merge_loc_conf(ngx_conf_t* cf, void* parent, void* child);
static ngx_int_t ngx_http_sallyport_init(ngx_conf_t* cf);
static ngx_int_t ngx_http_sallyport_init_process(ngx_cycle_t* cycle);
static void ngx_http_sallyport_exit_process(ngx_cycle_t* cycle);

static ngx_conf_num_bounds_t ngx_http_sallyport_cache_bounds = {ngx_conf_check_num_bounds, 0,
                                                                NGX_HTTP_SALLYPORT_GREATEST_CACHE};
static ngx_conf_post_t ngx_http_sallyport_leeway_post = {ngx_http_sallyport_check_leeway};
static ngx_conf_post_t ngx_http_sallyport_recheck_post = {ngx_http_sallyport_check_recheck};
static ngx_conf_enum_t ngx_http_sallyport_scope_statuses[] = {
    {ngx_string("401"), NGX_HTTP_UNAUTHORIZED},
    {ngx_string("403"), NGX_HTTP_FORBIDDEN},
    {ngx_null_string, 0}};
static ngx_conf_enum_t ngx_http_sallyport_styles[] = {{ngx_string("rest"), SALLYPORT_STYLE_REST},
                                                      {ngx_string("http"), SALLYPORT_STYLE_HTTP},
                                                      {ngx_null_string, 0}};

#define NGX_HTTP_SALLYPORT_ANYWHERE \
  (NGX_HTTP_MAIN_CONF | NGX_HTTP_SRV_CONF | NGX_HTTP_LOC_CONF | NGX_HTTP_LMT_CONF)

static ngx_command_t ngx_http_sallyport_commands[] = {

    {ngx_string("sallyport_replica"), NGX_HTTP_MAIN_CONF | NGX_CONF_TAKE12,
     ngx_http_sallyport_replica, NGX_HTTP_MAIN_CONF_OFFSET, 0, NULL},

    {ngx_string("sallyport_cache"), NGX_HTTP_MAIN_CONF | NGX_CONF_TAKE1, ngx_conf_set_num_slot,
     NGX_HTTP_MAIN_CONF_OFFSET, offsetof(ngx_http_sallyport_main_conf_t, cache),
     &ngx_http_sallyport_cache_bounds},

    {ngx_string("sallyport_claim"), NGX_HTTP_MAIN_CONF | NGX_CONF_TAKE2, ngx_http_sallyport_claim,
     NGX_HTTP_MAIN_CONF_OFFSET, 0, NULL},

    {ngx_string("sallyport"), NGX_HTTP_SALLYPORT_ANYWHERE | NGX_CONF_TAKE1, ngx_http_sallyport_mode,
     NGX_HTTP_LOC_CONF_OFFSET, 0, NULL},

    {ngx_string("sallyport_issuer"), NGX_HTTP_SALLYPORT_ANYWHERE | NGX_CONF_1MORE,
     ngx_http_sallyport_list, NGX_HTTP_LOC_CONF_OFFSET,
     offsetof(ngx_http_sallyport_loc_conf_t, issuers), ngx_http_sallyport_check_issuer},

    {ngx_string("sallyport_client"), NGX_HTTP_SALLYPORT_ANYWHERE | NGX_CONF_1MORE,
     ngx_http_sallyport_list, NGX_HTTP_LOC_CONF_OFFSET,
     offsetof(ngx_http_sallyport_loc_conf_t, clients), NULL},

    {ngx_string("sallyport_scope"), NGX_HTTP_SALLYPORT_ANYWHERE | NGX_CONF_1MORE,
     ngx_http_sallyport_list, NGX_HTTP_LOC_CONF_OFFSET,
     offsetof(ngx_http_sallyport_loc_conf_t, scopes), NULL},

    {ngx_string("sallyport_leeway"), NGX_HTTP_SALLYPORT_ANYWHERE | NGX_CONF_TAKE1,
     ngx_conf_set_sec_slot, NGX_HTTP_LOC_CONF_OFFSET,
     offsetof(ngx_http_sallyport_loc_conf_t, leeway), &ngx_http_sallyport_leeway_post},

    {ngx_string("sallyport_scope_status"), NGX_HTTP_SALLYPORT_ANYWHERE | NGX_CONF_TAKE1,
     ngx_conf_set_enum_slot, NGX_HTTP_LOC_CONF_OFFSET,
     offsetof(ngx_http_sallyport_loc_conf_t, scope_status), ngx_http_sallyport_scope_statuses},

    {ngx_string("sallyport_style"), NGX_HTTP_SALLYPORT_ANYWHERE | NGX_CONF_TAKE1,
     ngx_conf_set_enum_slot, NGX_HTTP_LOC_CONF_OFFSET,
     offsetof(ngx_http_sallyport_loc_conf_t, style), ngx_http_sallyport_styles},

    {ngx_string("sallyport_stream_recheck"), NGX_HTTP_SALLYPORT_ANYWHERE | NGX_CONF_TAKE1,
     ngx_conf_set_msec_slot, NGX_HTTP_LOC_CONF_OFFSET,
     offsetof(ngx_http_sallyport_loc_conf_t, recheck), &ngx_http_sallyport_recheck_post},

    ngx_null_command};

static ngx_http_module_t ngx_http_sallyport_module_ctx = {
    ngx_http_sallyport_add_variables,    /* preconfiguration */
    ngx_http_sallyport_init,             /* postconfiguration */
    ngx_http_sallyport_create_main_conf, /* create main configuration */
    ngx_http_sallyport_init_main_conf,   /* init main configuration */
    NULL,                                /* create server configuration */
    NULL,                                /* merge server configuration */
    ngx_http_sallyport_create_loc_conf,  /* create location configuration */
    ngx_http_sallyport_merge_loc_conf    /* merge location configuration */
};

ngx_module_t ngx_http_sallyport_module = {NGX_MODULE_V1,
                                          &ngx_http_sallyport_module_ctx,
                                          ngx_http_sallyport_commands,
                                          NGX_HTTP_MODULE,
                                          NULL, /* init master */
                                          NULL, /* init module */
                                          ngx_http_sallyport_init_process,
                                          NULL, /* init thread */
                                          NULL, /* exit thread */
                                          ngx_http_sallyport_exit_process,
                                          NULL, /* exit master */
                                          NGX_MODULE_V1_PADDING};

static void* ngx_http_sallyport_create_main_conf(ngx_conf_t* cf) {
  ngx_http_sallyport_main_conf_t* smcf;

  smcf = ngx_pcalloc(cf->pool, sizeof(ngx_http_sallyport_main_conf_t));
  if (smcf == NULL) {
    return NULL;
  }
  smcf->cache = NGX_CONF_UNSET_UINT;
  smcf->recheck = NGX_CONF_UNSET_MSEC;
  return smcf;
}

static char* ngx_http_sallyport_init_main_conf(ngx_conf_t* cf, void* conf) {
  ngx_http_sallyport_main_conf_t* smcf = conf;

  (void)cf;
  ngx_conf_init_uint_value(smcf->cache, NGX_HTTP_SALLYPORT_DEFAULT_CACHE);
  return NGX_CONF_OK;
}

static void* ngx_http_sallyport_create_loc_conf(ngx_conf_t* cf) {
  ngx_http_sallyport_loc_conf_t* slcf;

  slcf = ngx_pcalloc(cf->pool, sizeof(ngx_http_sallyport_loc_conf_t));
  if (slcf == NULL) {
    return NULL;
  }
  slcf->mode = NGX_CONF_UNSET_UINT;
  slcf->issuers = NGX_CONF_UNSET_PTR;
  slcf->clients = NGX_CONF_UNSET_PTR;
  slcf->scopes = NGX_CONF_UNSET_PTR;
  slcf->leeway = NGX_CONF_UNSET;
  slcf->scope_status = NGX_CONF_UNSET_UINT;
  slcf->style = NGX_CONF_UNSET_UINT;
  slcf->recheck = NGX_CONF_UNSET_MSEC;
  return slcf;
}

static ngx_int_t ngx_http_sallyport_strings(ngx_conf_t* cf, ngx_array_t* list,
                                            const sallyport_string** strings, size_t* count) {
  ngx_uint_t i;
  ngx_str_t* value;
  sallyport_string* made;

  *strings = NULL;
  *count = list ? list->nelts : 0;
  if (*count == 0) {
    return NGX_OK;
  }

  made = ngx_palloc(cf->pool, *count * sizeof(sallyport_string));
  if (made == NULL) {
    return NGX_ERROR;
  }
  value = list->elts;
  for (i = 0; i < *count; i++) {
    made[i].data = (const char*)value[i].data;
    made[i].size = value[i].len;
  }
  *strings = made;
  return NGX_OK;
}

static void ngx_http_sallyport_free_rule(void* data) {
  sallyport_rule_free(data);
}

static char* ngx_http_sallyport_make_rule(ngx_conf_t* cf, ngx_http_sallyport_loc_conf_t* slcf) {
  const char* problem;
  ngx_pool_cleanup_t* cln;
  sallyport_rule_options options;

  ngx_memzero(&options, sizeof(options));
  options.mode =
      slcf->mode == NGX_HTTP_SALLYPORT_STATELESS ? SALLYPORT_MODE_STATELESS : SALLYPORT_MODE_LIVE;
  options.leeway_seconds = (uint32_t)slcf->leeway;
  options.style = (sallyport_style)slcf->style;
  cln = ngx_pool_cleanup_add(cf->pool, 0);
  if (cln == NULL ||
      ngx_http_sallyport_strings(cf, slcf->issuers, &options.issuers, &options.issuer_count) ||
      ngx_http_sallyport_strings(cf, slcf->clients, &options.clients, &options.client_count) ||
      ngx_http_sallyport_strings(cf, slcf->scopes, &options.scopes, &options.scope_count)) {
    return NGX_CONF_ERROR;
  }

  problem = "out of memory";
  slcf->rule = sallyport_rule_new(&options, &problem);
  if (slcf->rule == NULL) {
    ngx_log_error(NGX_LOG_EMERG, cf->log, 0, "\"sallyport\" in %s:%ui: %s", slcf->file_name,
                  slcf->line, problem);
    return NGX_CONF_ERROR;
  }
  cln->handler = ngx_http_sallyport_free_rule;
  cln->data = slcf->rule;
  return NGX_CONF_OK;
}

static char* ngx_http_sallyport_merge_loc_conf(ngx_conf_t* cf, void* parent, void* child) {
  const char* missing;
  ngx_http_core_loc_conf_t* clcf;
  ngx_http_sallyport_main_conf_t* smcf;
  ngx_http_sallyport_loc_conf_t* prev = parent;
  ngx_http_sallyport_loc_conf_t* conf = child;

  if (conf->file_name == NULL) {
    conf->file_name = prev->file_name;
    conf->line = prev->line;
  }
  ngx_conf_merge_uint_value(conf->mode, prev->mode, NGX_HTTP_SALLYPORT_OFF);
  ngx_conf_merge_ptr_value(conf->issuers, prev->issuers, NULL);
  ngx_conf_merge_ptr_value(conf->clients, prev->clients, NULL);
  ngx_conf_merge_ptr_value(conf->scopes, prev->scopes, NULL);
  ngx_conf_merge_value(conf->leeway, prev->leeway, 0);
  ngx_conf_merge_uint_value(conf->scope_status, prev->scope_status, 0);
  ngx_conf_merge_uint_value(conf->style, prev->style, SALLYPORT_STYLE_REST);
  ngx_conf_merge_msec_value(conf->recheck, prev->recheck, 1000);

  if (conf->mode == NGX_HTTP_SALLYPORT_OFF) {
    return NGX_CONF_OK;
  }

  smcf = ngx_http_conf_get_module_main_conf(cf, ngx_http_sallyport_module);
  missing = smcf->replica.len == 0  ? "sallyport_replica"
            : conf->issuers == NULL ? "sallyport_issuer"
                                    : NULL;
  if (missing != NULL) {
    ngx_log_error(NGX_LOG_EMERG, cf->log, 0, "\"sallyport\" in %s:%ui needs \"%s\"",
                  conf->file_name, conf->line, missing);
    return NGX_CONF_ERROR;
  }

  smcf->recheck = ngx_min(smcf->recheck, conf->recheck);

  /* modules that set it while merging, as proxy does for `limit_except`, have done so by now */
  clcf = ngx_http_conf_get_module_loc_conf(cf, ngx_http_core_module);
  if (clcf->handler != NULL) {
    conf->content_handler = clcf->handler;
    clcf->handler = ngx_http_sallyport_content_handler;
  } else {
    conf->content_handler = prev->content_handler; /* `if` uses that of its location */
  }

  ngx_http_sallyport_warn(cf, conf);
  return ngx_http_sallyport_make_rule(cf, conf);
}

static ngx_int_t ngx_http_sallyport_init(ngx_conf_t* cf) {
  ngx_http_handler_pt* h;
  ngx_http_core_main_conf_t* cmcf;

  cmcf = ngx_http_conf_get_module_main_conf(cf, ngx_http_core_module);

  h = ngx_array_push(&cmcf->phases[NGX_HTTP_ACCESS_PHASE].handlers);
  if (h == NULL) {
    return NGX_ERROR;
  }
  *h = ngx_http_sallyport_access_handler;

  h = ngx_array_push(&cmcf->phases[NGX_HTTP_PRECONTENT_PHASE].handlers);
  if (h == NULL) {
    return NGX_ERROR;
  }
  *h = ngx_http_sallyport_precontent_handler;

  ngx_http_sallyport_answer_init();
  ngx_http_sallyport_again_init();
  return NGX_OK;
}

static ngx_int_t ngx_http_sallyport_init_process(ngx_cycle_t* cycle) {
  ngx_http_sallyport_main_conf_t* smcf;

  smcf = ngx_http_cycle_get_module_main_conf(cycle, ngx_http_sallyport_module);
  if (smcf == NULL || smcf->recheck == NGX_CONF_UNSET_MSEC || ngx_process == NGX_PROCESS_HELPER) {
    return NGX_OK; /* there is no http block, nothing is guarded, or this process serves no requests
                    */
  }
  return ngx_http_sallyport_init_worker(cycle, smcf);
}

static void ngx_http_sallyport_exit_process(ngx_cycle_t* cycle) {
  (void)cycle;
  ngx_http_sallyport_exit_worker();
}
