/* The directives: reads their values, and refuses wrong ones with an explanation. */
#include <pwd.h>

#include "ngx_http_sallyport.h"

#define NGX_HTTP_SALLYPORT_LEAST_RECHECK 10

/* ---- sallyport_replica PATH [owner=USER] */

static char* ngx_http_sallyport_owner(ngx_conf_t* cf, ngx_str_t* name, ngx_uid_t* owner) {
  ngx_int_t number;
  struct passwd* user;

  number = ngx_atoi(name->data, name->len);
  if (number != NGX_ERROR) {
    *owner = (ngx_uid_t)number;
    return NGX_CONF_OK;
  }

  user = name->len ? getpwnam((const char*)name->data) : NULL;
  if (user == NULL) {
    ngx_conf_log_error(NGX_LOG_EMERG, cf, 0, "sallyport_replica: there is no user \"%V\"", name);
    return NGX_CONF_ERROR;
  }
  *owner = user->pw_uid;
  return NGX_CONF_OK;
}

/* Only a warning, since the agent may be started later; until then every request is denied. */
static void ngx_http_sallyport_warn_of_place(ngx_conf_t* cf, ngx_http_sallyport_main_conf_t* smcf) {
  char problem[1024];

  if (sallyport_place_problem((const char*)smcf->replica.data, (uint32_t)smcf->owner, problem,
                              sizeof(problem))) {
    ngx_conf_log_error(
        NGX_LOG_WARN, cf, 0,
        "sallyport_replica: every request will be denied, because somebody else could put another "
        "file in the Replica's place, and so decide who gets in: %s",
        problem);
  }
}

char* ngx_http_sallyport_replica(ngx_conf_t* cf, ngx_command_t* cmd, void* conf) {
  ngx_str_t name;
  ngx_str_t* value;
  ngx_http_sallyport_main_conf_t* smcf = conf;

  (void)cmd;
  if (smcf->replica.len) {
    return "is duplicate";
  }

  value = cf->args->elts;
  if (value[1].len == 0) {
    return "needs the path of the Replica";
  }
  smcf->replica = value[1];
  if (ngx_conf_full_name(cf->cycle, &smcf->replica, 0) != NGX_OK) {
    return NGX_CONF_ERROR;
  }

  smcf->owner = geteuid();
  if (cf->args->nelts == 2) {
    ngx_http_sallyport_warn_of_place(cf, smcf);
    return NGX_CONF_OK;
  }

  if (ngx_strncmp(value[2].data, "owner=", 6) != 0) {
    ngx_conf_log_error(NGX_LOG_EMERG, cf, 0, "invalid parameter \"%V\"", &value[2]);
    return NGX_CONF_ERROR;
  }
  name.data = value[2].data + 6;
  name.len = value[2].len - 6;
  if (ngx_http_sallyport_owner(cf, &name, &smcf->owner) != NGX_CONF_OK) {
    return NGX_CONF_ERROR;
  }
  ngx_http_sallyport_warn_of_place(cf, smcf);
  return NGX_CONF_OK;
}

/* ---- sallyport on|off|live|stateless */

char* ngx_http_sallyport_mode(ngx_conf_t* cf, ngx_command_t* cmd, void* conf) {
  static const struct {
    ngx_str_t name;
    ngx_uint_t mode;
  } modes[] = {{ngx_string("on"), NGX_HTTP_SALLYPORT_LIVE},
               {ngx_string("off"), NGX_HTTP_SALLYPORT_OFF},
               {ngx_string("live"), NGX_HTTP_SALLYPORT_LIVE},
               {ngx_string("stateless"), NGX_HTTP_SALLYPORT_STATELESS}};
  size_t i;
  ngx_str_t* value;
  ngx_http_sallyport_loc_conf_t* slcf = conf;

  (void)cmd;
  if (slcf->mode != NGX_CONF_UNSET_UINT) {
    return "is duplicate";
  }

  value = cf->args->elts;
  for (i = 0; i < sizeof(modes) / sizeof(modes[0]); i++) {
    if (value[1].len == modes[i].name.len &&
        ngx_strncmp(value[1].data, modes[i].name.data, value[1].len) == 0) {
      slcf->mode = modes[i].mode;
      slcf->file_name = cf->conf_file->file.name.data;
      slcf->line = cf->conf_file->line;
      return NGX_CONF_OK;
    }
  }

  ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                     "invalid value \"%V\" in \"sallyport\", it must be \"on\", \"off\", \"live\" "
                     "or \"stateless\"",
                     &value[1]);
  return NGX_CONF_ERROR;
}

/* ---- directives with a list of values; "off" alone removes an inherited list */

char* ngx_http_sallyport_list(ngx_conf_t* cf, ngx_command_t* cmd, void* conf) {
  ngx_http_sallyport_check_pt check = (ngx_http_sallyport_check_pt)cmd->post;
  ngx_array_t** list = (ngx_array_t**)((char*)conf + cmd->offset);
  const char* problem;
  ngx_str_t* added;
  ngx_str_t* value;
  ngx_str_t* before;
  ngx_uint_t i, k;

  if (*list != NGX_CONF_UNSET_PTR) {
    return "is duplicate";
  }

  value = cf->args->elts;
  if (cf->args->nelts == 2 && ngx_strcmp(value[1].data, "off") == 0) {
    *list = NULL;
    return NGX_CONF_OK;
  }

  *list = ngx_array_create(cf->pool, cf->args->nelts - 1, sizeof(ngx_str_t));
  if (*list == NULL) {
    return NGX_CONF_ERROR;
  }

  for (i = 1; i < cf->args->nelts; i++) {
    problem = value[i].len == 0 ? "is empty" : check ? check(&value[i]) : NULL;

    before = (*list)->elts;
    for (k = 0; problem == NULL && k < (*list)->nelts; k++) {
      if (before[k].len == value[i].len &&
          ngx_memcmp(before[k].data, value[i].data, value[i].len) == 0) {
        problem = "is given twice";
      }
    }

    if (problem != NULL) {
      ngx_conf_log_error(NGX_LOG_EMERG, cf, 0, "\"%V\": \"%V\" %s", &cmd->name, &value[i], problem);
      return NGX_CONF_ERROR;
    }

    added = ngx_array_push(*list);
    if (added == NULL) {
      return NGX_CONF_ERROR;
    }
    *added = value[i];
  }
  return NGX_CONF_OK;
}

const char* ngx_http_sallyport_check_issuer(ngx_str_t* value) {
  return sallyport_issuer_problem((const char*)value->data, value->len);
}

char* ngx_http_sallyport_check_leeway(ngx_conf_t* cf, void* post, void* data) {
  time_t* leeway = data;

  (void)post;
  if (*leeway > SALLYPORT_GREATEST_LEEWAY) {
    ngx_conf_log_error(
        NGX_LOG_EMERG, cf, 0,
        "\"sallyport_leeway\" must be at most %ds: revocations are not kept longer than that",
        SALLYPORT_GREATEST_LEEWAY);
    return NGX_CONF_ERROR;
  }
  return NGX_CONF_OK;
}

char* ngx_http_sallyport_check_recheck(ngx_conf_t* cf, void* post, void* data) {
  ngx_msec_t* recheck = data;

  (void)post;
  if (*recheck < NGX_HTTP_SALLYPORT_LEAST_RECHECK) {
    ngx_conf_log_error(NGX_LOG_EMERG, cf, 0, "\"sallyport_stream_recheck\" must be at least %dms",
                       NGX_HTTP_SALLYPORT_LEAST_RECHECK);
    return NGX_CONF_ERROR;
  }
  return NGX_CONF_OK;
}
