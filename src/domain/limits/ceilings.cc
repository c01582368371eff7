#include "domain/limits/ceilings.h"

#include <algorithm>

#include "base/sentence.h"
#include "domain/errors.h"
#include "store/store.h"

namespace sallyport::domain {
namespace {

// The space that the database needs for a record in addition to the bytes that its index counts.
// The flood test in tests/e2e measures it.
struct Kind {
  std::string_view name;
  std::string_view index;
  int64_t times;   // factor for the counted bytes
  int64_t beside;  // added for each record
  base::Sentence<0> refusal;
};

constexpr std::array<Kind, kLeftovers> kKinds{{
    // The attributes of a user are stored in the anchor, and twice more in the listing and its
    // index rows.
    {"sign-ups", "counted/sign-ups", 3, 4'096, error::kTooManySignUps},
    {"codes", "counted/codes", 2, 128, error::kTooManyCodes},
    // When this ceiling is reached something is forgotten; nobody is refused.
    {"unknown-names", "counted/unknown-names", 2, 128, error::kTooManyCodes},
    {"challenges", "counted/challenges", 2, 128, error::kTooManySignIns},
    {"used-sessions", "counted/used-sessions", 2, 128, error::kTooManySignIns},
    {"messages-waiting", "counted/messages-waiting", 2, 256, error::kTooManyMessagesWaiting},
    {"messages-held", "counted/messages-held", 2, 256, error::kTooManyMessagesHeld},
    // When these ceilings are reached, counts that lock nobody out are deleted; nobody is refused.
    {"wrong-passwords", "counted/wrong-passwords", 2, 128, error::kTooManySignIns},
    {"unknown-wrong-passwords", "counted/unknown-wrong-passwords", 2, 128, error::kTooManySignIns},
}};

const Kind& Of(Leftover leftover) {
  return kKinds[static_cast<size_t>(leftover)];
}

}  // namespace

std::string_view LeftoverName(Leftover leftover) {
  return Of(leftover).name;
}

std::optional<Leftover> LeftoverOf(std::string_view name) {
  const auto found = std::find_if(kKinds.begin(), kKinds.end(),
                                  [name](const Kind& kind) { return kind.name == name; });
  if (found == kKinds.end()) return std::nullopt;
  return static_cast<Leftover>(found - kKinds.begin());
}

std::string_view LeftoverIndex(Leftover leftover) {
  return Of(leftover).index;
}

base::Result<LeftoverUse> UseOf(store::Reader& reader, Leftover leftover) {
  const Kind& kind = Of(leftover);
  SALLYPORT_ASSIGN(const store::IndexCount count, reader.CountOf(kind.index));
  return LeftoverUse{count.records, count.bytes * kind.times + count.records * kind.beside};
}

base::Result<bool> HasRoom(store::Reader& reader, const Ceilings& ceilings, Leftover leftover,
                           Share share) {
  SALLYPORT_ASSIGN(const LeftoverUse use, UseOf(reader, leftover));
  return use.bytes < ceilings[leftover] / (share == Share::kHalf ? 2 : 1);
}

base::Error CeilingError(Leftover leftover) {
  return Of(leftover).refusal.Because("the ceiling of " + std::string(Of(leftover).name) +
                                      " is reached");
}

}  // namespace sallyport::domain
