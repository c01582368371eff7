#include "domain/users/bulk_cut_off.h"

#include <algorithm>
#include <future>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "domain/pools/pool.h"
#include "domain/records/commit.h"
#include "domain/records/page.h"
#include "domain/tokens/revoke.h"
#include "domain/users/cut_off.h"
#include "domain/users/user.h"
#include "domain/users/user_filter.h"
#include "store/store.h"

namespace sallyport::domain {
namespace {

// Users in one commit, which occupies the store's one writer for a few milliseconds.
constexpr size_t kUsersOfACommit = 200;
// Users that are read from one snapshot.
constexpr size_t kUsersOfAChunk = 1000;

// Users that are cut off together.
struct Chunk {
  std::vector<PreparedSignOut> sign_outs;  // for CutOff::kSignOut
  std::vector<std::string> subs;           // for the others
};

// The next part of `items`, for one commit.
template <typename Item>
std::span<const Item> NextOf(std::span<const Item>& items) {
  const auto taken = items.first(std::min(items.size(), kUsersOfACommit));
  items = items.subspan(taken.size());
  return taken;
}

class CutOffRun {
 public:
  // `counts`: only counts, and changes nothing.
  CutOffRun(const Services& services, const BulkCutOff& request, bool counts)
      : services_(services), request_(request), counts_(counts) {}

  base::Result<BulkCutOffPage> Do() {
    SALLYPORT_ASSIGN(pool_, GetPool(services_, request_.pool_id));
    if (!request_.filter.empty()) {
      SALLYPORT_ASSIGN(filter_, UserFilter::Parse(request_.filter));
    }
    SALLYPORT_ASSIGN(const std::string cursor,
                     UnbindToken(services_.vault, List(), request_.cursor));
    SALLYPORT_ASSIGN(after_, DecodePosition(cursor));
    base::Status done = DoChunks();
    // This is also necessary after an error, because the commit under way refers to this object.
    base::Status committed = Committed();
    SALLYPORT_TRY(done);
    SALLYPORT_TRY(committed);
    if (after_ && !ended_) {
      page_.next = BindToken(services_.vault, List(), EncodePosition(*after_));
    }
    return std::move(page_);
  }

 private:
  // Identifies what a cursor goes through, whatever is done with the users.
  std::string List() const { return "bulk cut-off/" + request_.pool_id + "/" + request_.filter; }

  // Reads a chunk of users while the one before it is being committed.
  base::Status DoChunks() {
    for (size_t left = std::clamp<size_t>(request_.limit, 1, kGreatestBulkLimit);
         left > 0 && !ended_;) {
      const size_t size = std::min(left, kUsersOfAChunk);
      left -= size;
      Chunk chunk;
      SALLYPORT_TRY(Read(size, chunk));
      SALLYPORT_TRY(Committed());
      if (chunk.sign_outs.empty() && chunk.subs.empty()) continue;
      committing_ = std::async(std::launch::async,
                               [this, chunk = std::move(chunk)] { return Commit(chunk); });
    }
    return {};
  }

  base::Status Committed() {
    if (!committing_.valid()) return {};
    return committing_.get();
  }

  // Tells the store that the anchor records of these users are about to be read. `sub_of` gives the
  // sub of each.
  template <typename Users, typename SubOf>
  store::Expecting ExpectUsers(const Users& users, SubOf sub_of) const {
    store::ReadAhead* const offers = services_.store.read_ahead();
    if (offers == nullptr) return {};
    std::vector<std::string> keys;
    keys.reserve(users.size());
    for (const auto& user : users) keys.push_back(UserKey(pool_->id, sub_of(user)));
    return {*offers, std::move(keys)};
  }

  // Reads the next `size` candidates.
  base::Status Read(size_t size, Chunk& chunk) {
    SALLYPORT_ASSIGN(const auto snapshot, services_.store.Snapshot());
    SALLYPORT_ASSIGN(const auto items, UserCandidates(*snapshot, *pool_, filter_, after_, size));
    const store::Expecting ahead = ExpectUsers(
        items, [](const store::ListItem& item) -> const std::string& { return item.value; });
    for (const store::ListItem& item : items) SALLYPORT_TRY(Prepare(*snapshot, item.value, chunk));
    ended_ = items.size() < size;
    if (!items.empty()) after_ = {items.back().sort, items.back().key};
    return {};
  }

  base::Status Prepare(store::Reader& snapshot, const std::string& sub, Chunk& chunk) {
    SALLYPORT_ASSIGN(auto anchor, GetUserAnchor(snapshot, pool_->id, sub));
    if (!anchor || !Means(anchor->user)) return {};
    if (page_.usernames.size() < kSampleUsers) page_.usernames.push_back(anchor->user.username);
    if (counts_) {
      ++page_.users;
    } else if (request_.act == CutOff::kSignOut) {
      SALLYPORT_ASSIGN(auto prepared, PrepareSignOut(snapshot, std::move(*anchor)));
      chunk.sign_outs.push_back(std::move(prepared));
    } else {
      chunk.subs.push_back(sub);
    }
    return {};
  }

  bool Means(const User& user) const { return !filter_ || filter_->Matches(*pool_, user); }

  base::Status Commit(const Chunk& chunk) {
    for (std::span<const PreparedSignOut> left = chunk.sign_outs; !left.empty();) {
      SALLYPORT_TRY(CommitSome(NextOf(left), {}));
    }
    for (std::span<const std::string> left = chunk.subs; !left.empty();) {
      SALLYPORT_TRY(CommitSome({}, NextOf(left)));
    }
    return {};
  }

  base::Status CommitSome(std::span<const PreparedSignOut> sign_outs,
                          std::span<const std::string> subs) {
    uint64_t users = 0;
    const auto commit = [&](store::LogTx& tx) -> base::Status {
      users = 0;
      const int64_t now_millis = services_.clock.WallMillis();
      Retention retention;
      for (const PreparedSignOut& sign_out : sign_outs) {
        SALLYPORT_ASSIGN(const bool done,
                         SignOutAsPrepared(tx, sign_out, now_millis / 1000, retention));
        if (done) ++users;
        if (!done) SALLYPORT_TRY(CutOffOne(tx, sign_out.sub, now_millis, users));
      }
      for (const std::string& sub : subs) SALLYPORT_TRY(CutOffOne(tx, sub, now_millis, users));
      return {};
    };
    const store::Expecting ahead = ExpectUsers(
        sign_outs, [](const PreparedSignOut& one) -> const std::string& { return one.sub; });
    // The Barrier after the last commit includes this Release.
    SALLYPORT_TRY(WithoutRelease(CommitRevoking(services_, commit)));
    page_.users += users;
    return {};
  }

  // Cuts a user off as the user is now.
  base::Status CutOffOne(store::LogTx& tx, const std::string& sub, int64_t now_millis,
                         uint64_t& users) {
    SALLYPORT_ASSIGN(std::optional<User> user, GetUser(tx, pool_->id, sub));
    if (!user || !Means(*user)) return {};
    ++users;
    switch (request_.act) {
      case CutOff::kDisable:
        return DisableUser(tx, *pool_, *user, now_millis);
      case CutOff::kDelete:
        return RemoveUser(tx, *pool_, *user, now_millis);
      case CutOff::kSignOut:
        break;
    }
    return RevokeAllFamilies(tx, *user, now_millis / 1000);
  }

  const Services& services_;
  const BulkCutOff& request_;
  const bool counts_;
  BulkCutOffPage page_;
  std::shared_ptr<const Pool> pool_;
  std::optional<UserFilter> filter_;
  std::optional<store::ListPosition> after_;
  bool ended_ = false;
  std::future<base::Status> committing_;
};

}  // namespace

base::Result<CutOffPage> CutOffUsers(const Services& services, const BulkCutOff& request) {
  SALLYPORT_ASSIGN(BulkCutOffPage page, CutOffRun(services, request, /*counts=*/false).Do());
  // Made after everything was read, so it also covers users who had been cut off before.
  SALLYPORT_ASSIGN(const store::Release release, services.store.Barrier());
  return CutOffPage{std::move(page), release};
}

base::Result<BulkCutOffPage> CountUsers(const Services& services, const BulkCutOff& request) {
  return CutOffRun(services, request, /*counts=*/true).Do();
}

}  // namespace sallyport::domain
