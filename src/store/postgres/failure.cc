#include "store_postgres/failure.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "base/error_codes.h"
#include "base/sentence.h"
#include "store/store.h"

namespace sallyport::store::postgres {
namespace {

constexpr base::Sentence<0> kAway{
    base::code::kServiceUnavailable,
    "The server's database does not answer. This call changed nothing; try it again later."};
constexpr base::Sentence<0> kUnknown{
    base::code::kServiceUnavailable,
    "The server's database does not answer. Whether this call changed anything is not known; try "
    "it again later."};
constexpr base::Sentence<0> kBusy{
    base::code::kServiceUnavailable,
    "Too many calls change the same thing at once. This one changed nothing; try it again later."};
constexpr base::Sentence<0> kReadOnly{
    base::code::kServiceUnavailable,
    "The server's database takes no changes at present. This call changed nothing; try it again "
    "later."};
constexpr base::Sentence<0> kNotOwned{
    base::code::kServiceUnavailable,
    "The server has not heard from its database for some seconds, and answers nothing before it "
    "has. This call changed nothing; try it again later."};

constexpr std::string_view kPoolerWords =
    "a pooler between server and database gives its connections to others between two "
    "transactions: let it pool by session (pgbouncer: pool_mode = session), or connect past it";

}  // namespace

Failure::Kind KindOf(std::string_view sqlstate) {
  constexpr std::array<std::string_view, 5> kConflicts{
      "40001",  // serialization_failure
      "40P01",  // deadlock_detected
      "23505",  // unique_violation: another one has just made the same record
      "55P03",  // lock_not_available
      // invalid_text_representation: what a change has read before was not so any more (kVerify of
      // transaction.cc)
      "22P02"};
  if (std::find(kConflicts.begin(), kConflicts.end(), sqlstate) != kConflicts.end()) {
    return Failure::Kind::kConflict;
  }
  if (sqlstate == "53100") return Failure::Kind::kFull;
  if (sqlstate == "25006") return Failure::Kind::kReadOnly;
  // A prepared statement does not exist, or exists already.
  if (sqlstate == "26000" || sqlstate == "42P05") return Failure::Kind::kPooler;
  // The classes of SQLSTATE after which nothing more can be had from a connection: 08 connections;
  // 53 too few resources; 57 an operator's intervention, or a statement that took too long; 58
  // failed disks.
  constexpr std::array<std::string_view, 4> kClassesOfLoss{"08", "53", "57", "58"};
  for (const std::string_view of_loss : kClassesOfLoss) {
    if (sqlstate.starts_with(of_loss)) return Failure::Kind::kLost;
  }
  return Failure::Kind::kOther;
}

base::Error ErrorOf(const Failure& failure) {
  const std::string cause = "postgresql: " + failure.cause;
  switch (failure.kind) {
    case Failure::Kind::kConflict:
    case Failure::Kind::kUnproved:
      return kBusy.Because(cause);
    case Failure::Kind::kLost:
      return kAway.Because(cause);
    case Failure::Kind::kUnknown:
      return kUnknown.Because(cause);
    case Failure::Kind::kAway:
      return kAway.Because(cause);
    case Failure::Kind::kFull:
      return DiskFullError(cause);
    case Failure::Kind::kReadOnly:
      return kReadOnly.Because(cause);
    case Failure::Kind::kPooler:
      return kAway.Because(fmt::format("{} ({})", kPoolerWords, cause));
    case Failure::Kind::kOther:
      break;
  }
  return base::InternalError(cause);
}

base::Error NotOwnedError() {
  return kNotOwned.Because("postgresql: no beat was confirmed for too long");
}

base::Error UnusableDatabase(std::string message, std::string cause) {
  return {base::code::kStoreUnusable, std::move(message), std::move(cause)};
}

base::Error UnusableDatabase(std::string_view doing, const Failure& failure) {
  if (failure.kind == Failure::Kind::kPooler) {
    return UnusableDatabase(fmt::format("{}: {}", doing, kPoolerWords), failure.cause);
  }
  return UnusableDatabase(fmt::format("{}: {}", doing, failure.cause));
}

}  // namespace sallyport::store::postgres
