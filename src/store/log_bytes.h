// Hashes and ids of the log, and its entries, as every backend stores them.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "revocation/frame.h"
#include "revocation/revocation.h"

namespace sallyport::store {

// The bytes of a hash or an id. They are the array's own.
template <size_t kSize>
std::string_view BytesOf(const std::array<uint8_t, kSize>& array) {
  return {reinterpret_cast<const char*>(array.data()), kSize};
}

// A hash or an id of these bytes; nullopt where their number is another one.
template <typename Array>
std::optional<Array> ArrayOf(std::string_view bytes) {
  Array array{};
  if (bytes.size() != array.size()) return std::nullopt;
  std::copy(bytes.begin(), bytes.end(), array.begin());
  return array;
}

// A list of ids, one after another.
std::string BytesOfIds(const std::vector<revocation::LogId>& ids);
// An error: the bytes are not whole ids. `what` names them in its cause.
base::Result<std::vector<revocation::LogId>> IdsFrom(std::string_view bytes, std::string_view what);
// An error: the bytes are not one id.
base::Result<revocation::LogId> IdFrom(std::string_view bytes, std::string_view what);

// An error: no frame of the feed can carry this entry, so it must not be appended.
base::Status CheckFitsFrame(const revocation::Revocation& revocation);

}  // namespace sallyport::store
