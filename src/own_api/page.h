// A page of Sallyport's own for operators: a GET that is answered with JSON or, if a browser asks,
// with HTML. http/operator_page.h decides who may see it.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "codec/form.h"
#include "domain/services.h"

namespace sallyport::own_api {

struct PageCall {
  const domain::Services& services;
  const codec::Form& query;
  bool for_browser = false;
  // The rows of --hook as JSON.
  const std::function<std::string()>& describe_hooks;
};

struct Shown {
  std::string body;
  bool is_html = false;  // otherwise JSON
};

struct Page {
  std::string_view path;
  // Runs on a worker thread, and may block. An error is answered with status 500.
  base::Result<Shown> (*show)(const PageCall& call);
};

// nullptr if there is no such page.
const Page* FindPage(std::string_view path);

}  // namespace sallyport::own_api
