#include "domain/tokens/logout_notice.h"

#include <fmt/format.h>

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <optional>

#include "domain/records/expiry.h"
#include "domain/records/json.h"
#include "domain/records/page.h"
#include "domain/records/record.h"
#include "store/store.h"

namespace sallyport::domain {

namespace json = boost::json;

namespace {

constexpr std::string_view kNoticePrefix = "logout-notice/";

constexpr auto kNoticeRecord = RecordOf<LogoutNotice>(
    Member("Family", &LogoutNotice::family), Member("PoolId", &LogoutNotice::pool_id),
    Member("ClientId", &LogoutNotice::client_id), Member("Sub", &LogoutNotice::sub),
    Member("GivenUp", &LogoutNotice::given_up), Sparse("Attempts", &LogoutNotice::attempts),
    Sparse("Due", &LogoutNotice::due_millis));

}  // namespace

std::string LogoutNoticeSort(std::string_view client_id, int64_t due_millis) {
  return fmt::format("{}/{}", client_id, SortableMillis(due_millis));
}

std::string BehindLogoutNoticesOf(std::string_view client_id) {
  // '0' follows '/', and no id of a client is the beginning of another one's.
  return fmt::format("{}0", client_id);
}

std::string LogoutNoticeKey(std::string_view family) {
  std::string key(kNoticePrefix);
  key += family;
  return key;
}

base::Status PutLogoutNotice(store::Tx& tx, const LogoutNotice& notice) {
  return tx.Put(
      LogoutNoticeKey(notice.family), json::serialize(kNoticeRecord.Write(notice)),
      {{std::string(kLogoutNotices), LogoutNoticeSort(notice.client_id, notice.due_millis)},
       {std::string(kLogoutNoticesByExpiry), ExpirySort(notice.given_up)}});
}

base::Result<LogoutNotice> ParseLogoutNotice(std::string_view key, std::string_view bytes) {
  SALLYPORT_ASSIGN(const json::object record, ParseRecord(key, bytes));
  return kNoticeRecord.Read(record);
}

}  // namespace sallyport::domain
