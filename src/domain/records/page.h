// Pages of an index, and the opaque tokens that say where the next page begins.
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

// A position in a form that can be given to clients: base64url of sort, NUL, key. Neither part has
// a NUL in it.
std::string EncodePosition(const store::ListPosition& position);
// InvalidParameterException "Invalid pagination token." for a text that EncodePosition did not
// make.
base::Result<std::optional<store::ListPosition>> DecodePosition(std::string_view token);

// Binds a page token to the request that it belongs to, so that it can be used only for the same
// list, asked for in the same way. `next` is a position or Page::next. `request` must identify the
// list and everything that was asked of it: two requests that can find different records must have
// different texts. An empty `next` gives an empty token.
std::string BindToken(const Vault& vault, std::string_view request, std::string_view next);
// The inverse. InvalidParameterException "Invalid pagination token." for a token of another
// request, or one that this server never gave.
base::Result<std::string> UnbindToken(const Vault& vault, std::string_view request,
                                      std::string_view token);

struct Page {
  std::vector<store::ListItem> items;
  std::string next;  // empty: no more records follow, even if the last page is full
};
// `token` is `next` of the page before; empty: the first page.
base::Result<Page> ListPage(store::Reader& reader, std::string_view index, std::string_view prefix,
                            std::string_view token, size_t limit);

// Has 16 digits, so that texts are ordered as the numbers are.
std::string SortableMillis(int64_t millis);

}  // namespace sallyport::domain
