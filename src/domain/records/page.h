// Pages of an index, and the opaque place where the next one begins.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "store/store.h"

namespace sallyport::domain {

class Vault;

// What a client sees of a position: base64url of sort, NUL, key. Neither part holds a NUL.
std::string EncodePosition(const store::ListPosition& position);
// InvalidParameterException "Invalid pagination token." for what EncodePosition never gave.
base::Result<std::optional<store::ListPosition>> DecodePosition(std::string_view token);

// What a client is given in the place of a position, or of Page::next: it is good for the same list
// alone, asked for in the same way. `request` says which list it is and all that was asked of it;
// of two requests that find other records it is never the same. None of nothing: an empty `next` or
// token stays empty.
std::string BindToken(const Vault& vault, std::string_view request, std::string_view next);
// What BindToken was given. InvalidParameterException "Invalid pagination token." for a token of
// another request, or one that was never given.
base::Result<std::string> UnbindToken(const Vault& vault, std::string_view request,
                                      std::string_view token);

struct Page {
  std::vector<store::ListItem> items;
  std::string next;  // empty: no record follows (also where the last page is exactly full)
};
// `token`: `next` of the page before; empty: the first page.
base::Result<Page> ListPage(store::Reader& reader, std::string_view index, std::string_view prefix,
                            std::string_view token, size_t limit);

// 16 digits, so that text order is number order.
std::string SortableMillis(int64_t millis);

}  // namespace sallyport::domain
