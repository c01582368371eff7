#include "domain/page.h"

#include <fmt/format.h>

#include "base/encoding.h"
#include "domain/errors.h"

namespace sallyport::domain {

std::string EncodePosition(const store::ListPosition& position) {
  std::string text = position.sort + '\0' + position.key;
  return base::Base64UrlEncode(base::AsBytes(text));
}

base::Result<std::optional<store::ListPosition>> DecodePosition(std::string_view token) {
  if (token.empty()) return std::optional<store::ListPosition>();
  auto bytes = base::Base64UrlDecode(token);
  if (bytes) {
    std::string text(bytes->begin(), bytes->end());
    size_t nul = text.find('\0');
    if (nul != std::string::npos) {
      return std::optional(store::ListPosition{text.substr(0, nul), text.substr(nul + 1)});
    }
  }
  return error::kInvalidPaginationToken();
}

base::Result<Page> ListPage(store::Reader& reader, std::string_view index, std::string_view prefix,
                            std::string_view token, size_t limit) {
  SALLYPORT_ASSIGN(std::optional<store::ListPosition> after, DecodePosition(token));
  Page page;
  // One more than asked for tells whether a page follows.
  SALLYPORT_ASSIGN(page.items, reader.List(index, prefix, after, limit + 1));
  if (page.items.size() > limit) {
    page.items.resize(limit);
    page.next = EncodePosition({page.items.back().sort, page.items.back().key});
  }
  return page;
}

std::string SortableMillis(int64_t millis) {
  return fmt::format("{:016}", millis);
}

}  // namespace sallyport::domain
