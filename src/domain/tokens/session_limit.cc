#include "domain/tokens/session_limit.h"

#include <algorithm>
#include <tuple>
#include <utility>
#include <vector>

#include "domain/clients/client.h"
#include "domain/errors.h"
#include "domain/pools/pool.h"
#include "domain/tokens/browser_session.h"
#include "domain/tokens/family.h"
#include "domain/tokens/family_keeper.h"
#include "domain/tokens/revoke.h"
#include "domain/users/user.h"
#include "revocation/revocation.h"
#include "store/store.h"

namespace sallyport::domain {
namespace {

struct Holder {
  TokenFamily family;
  bool active = false;  // its refresh token has not expired
};

// The smallest is revoked first.
bool Precedes(const Holder& a, const Holder& b) {
  return std::tie(a.active, a.family.last_used_millis, a.family.born) <
         std::tie(b.active, b.family.last_used_millis, b.family.born);
}

// The families that may have a valid token. This is judged by the time by which things may be
// forgotten and not by the wall clock, which may be ahead for a while.
base::Result<std::vector<Holder>> HoldersOf(store::Tx& tx, const Services& services,
                                            const User& user, int64_t now_seconds) {
  std::vector<Holder> holders;
  SALLYPORT_ASSIGN(const store::TimeRecord time, store::ReadTimeRecord(tx));
  SALLYPORT_TRY(VisitFamilies(tx, user, [&](TokenFamily& family) -> base::Status {
    SALLYPORT_ASSIGN(const auto validity, GreatestTokenSeconds(tx, family.client_id));
    // If its client was deleted, all of the family's tokens were revoked with it.
    if (!validity) return {};
    const bool active = family.refresh_expires > now_seconds;
    if (family.refresh_expires + *validity + revocation::kGreatestLeewaySeconds +
            revocation::kRetentionSlackSeconds <
        time.forget_before) {
      return {};
    }
    services.families.ApplyNoted(family);
    holders.push_back({std::move(family), active});
    return {};
  }));
  return holders;
}

}  // namespace

base::Status CheckSessionRoom(store::Tx& tx, const Services& services, const Pool& pool,
                              const User& user) {
  if (!pool.tracks_sessions || !pool.settings.refuses_at_session_limit) return {};
  SALLYPORT_ASSIGN(const std::vector<Holder> holders,
                   HoldersOf(tx, services, user, services.clock.WallSeconds()));
  const auto active = std::count_if(holders.begin(), holders.end(),
                                    [](const Holder& holder) { return holder.active; });
  return active >= pool.most_sessions ? base::Status(error::kSessionLimit()) : base::Status();
}

base::Status MakeRoom(store::LogTx& tx, const Services& services, const Pool& pool,
                      const User& user, TokenFamily& newcomer) {
  const int64_t now_seconds = services.clock.WallSeconds();
  SALLYPORT_ASSIGN(std::vector<Holder> holders, HoldersOf(tx, services, user, now_seconds));
  const auto active = std::count_if(holders.begin(), holders.end(),
                                    [](const Holder& holder) { return holder.active; });
  if (pool.settings.refuses_at_session_limit && active >= pool.most_sessions) {
    return error::kSessionLimit();
  }
  std::sort(holders.begin(), holders.end(), Precedes);
  for (const Holder& holder : holders) {
    newcomer.last_used_millis = std::max(newcomer.last_used_millis, holder.family.last_used_millis);
  }
  const auto places = static_cast<size_t>(std::max<int64_t>(pool.most_sessions, 1) - 1);
  const size_t too_many = holders.size() - std::min(holders.size(), places);
  for (size_t i = 0; i < too_many; ++i) {
    TokenFamily& family = holders[i].family;
    SALLYPORT_TRY(RevokeFamily(tx, family, now_seconds));
    // The browser that is signed out so does not sign in again without its user.
    if (!family.browser_session.empty() && family.browser_session != newcomer.browser_session) {
      SALLYPORT_TRY(EndBrowserSession(tx, family.browser_session));
    }
  }
  return LimitBrowserSessions(tx, services, user, newcomer.browser_session, places);
}

}  // namespace sallyport::domain
