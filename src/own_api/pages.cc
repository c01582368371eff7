#include <array>

#include "own_api/hook_rows.h"
#include "own_api/outbox.h"
#include "own_api/page.h"

namespace sallyport::own_api {
namespace {

constexpr std::array kPages{kHookRows, kOutbox};

}  // namespace

const Page* FindPage(std::string_view path) {
  for (const Page& page : kPages) {
    if (page.path == path) return &page;
  }
  return nullptr;
}

}  // namespace sallyport::own_api
