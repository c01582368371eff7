// A page of Sallyport's own: GET, for whoever operates the server (who that is,
// http/operator_page.h says), as JSON or, where a browser asks, as HTML.
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
  bool is_html = false;  // else JSON
};

struct Page {
  std::string_view path;
  // Blocks, on a worker thread. Errors are the server's own.
  base::Result<Shown> (*show)(const PageCall& call);
};

// nullptr: there is none.
const Page* FindPage(std::string_view path);

}  // namespace sallyport::own_api
