#include "domain/records/page.h"

#include <fmt/format.h>

#include "base/encoding.h"
#include "base/secret.h"
#include "domain/errors.h"
#include "domain/keys/vault.h"

namespace sallyport::domain {

namespace {

constexpr size_t kMarkBytes = 16;

std::string TokenMark(const Vault& vault, std::string_view request, std::string_view next) {
  return vault.Mac("page token", fmt::format("{}:{}{}", request.size(), request, next))
      .substr(0, kMarkBytes);
}

}  // namespace

std::string BindToken(const Vault& vault, std::string_view request, std::string_view next) {
  if (next.empty()) return {};
  std::string bound = TokenMark(vault, request, next);
  bound += next;
  return base::Base64UrlEncode(base::AsBytes(bound));
}

base::Result<std::string> UnbindToken(const Vault& vault, std::string_view request,
                                      std::string_view token) {
  if (token.empty()) return std::string();
  const auto bytes = base::Base64UrlDecode(token);
  if (bytes && bytes->size() > kMarkBytes) {
    const std::string bound(bytes->begin(), bytes->end());
    std::string next = bound.substr(kMarkBytes);
    if (base::ConstantTimeEqual(TokenMark(vault, request, next), bound.substr(0, kMarkBytes))) {
      return next;
    }
  }
  return error::kInvalidPaginationToken.Because(
      "it belongs to another list, or to another request");
}

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
  // Reading one more record than was asked for tells whether another page follows.
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
