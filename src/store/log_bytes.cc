#include "store/log_bytes.h"

#include <fmt/format.h>

namespace sallyport::store {

std::string BytesOfIds(const std::vector<revocation::LogId>& ids) {
  std::string bytes;
  for (const revocation::LogId& id : ids) bytes += BytesOf(id);
  return bytes;
}

base::Result<std::vector<revocation::LogId>> IdsFrom(std::string_view bytes,
                                                     std::string_view what) {
  std::vector<revocation::LogId> ids;
  constexpr size_t kSize = sizeof(revocation::LogId);
  for (size_t at = 0; at < bytes.size(); at += kSize) {
    SALLYPORT_ASSIGN(const auto id, IdFrom(bytes.substr(at, kSize), what));
    ids.push_back(id);
  }
  return ids;
}

base::Result<revocation::LogId> IdFrom(std::string_view bytes, std::string_view what) {
  const auto id = ArrayOf<revocation::LogId>(bytes);
  if (!id) return base::InternalError(fmt::format("the store's {} has a wrong size", what));
  return *id;
}

base::Status CheckFitsFrame(const revocation::Revocation& revocation) {
  if (revocation.subject.empty() || revocation.subject.size() > revocation::kMaxSubjectBytes ||
      revocation.detail.size() > revocation::kMaxDetailBytes) {
    return base::InternalError("a revocation is too large for a frame of the feed");
  }
  return {};
}

}  // namespace sallyport::store
