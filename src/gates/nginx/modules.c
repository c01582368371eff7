/* What nginx's own build generates for a dynamic module (objs/ngx_http_NAME_module_modules.c). */
#include <ngx_config.h>
/* (order matters to nginx) */
#include <ngx_core.h>

#define SALLYPORT_VISIBLE __attribute__((visibility("default")))

extern ngx_module_t ngx_http_sallyport_module;

SALLYPORT_VISIBLE ngx_module_t* ngx_modules[] = {&ngx_http_sallyport_module, NULL};
SALLYPORT_VISIBLE char* ngx_module_names[] = {"ngx_http_sallyport_module", NULL};
/* The position of nginx's HTTP_AUX_FILTER modules: before gzip, charset and SSI change a body. */
SALLYPORT_VISIBLE char* ngx_module_order[] = {"ngx_http_sallyport_module",
                                              "ngx_http_copy_filter_module", NULL};
