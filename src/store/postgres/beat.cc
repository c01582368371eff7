#include "store_postgres/beat.h"

#include <algorithm>

#ifdef SALLYPORT_TEST_FAULTS
#include "base/test_fault.h"
#endif
#include "store_postgres/queries.h"

namespace sallyport::store::postgres {
namespace {

// Raises this server's counter, and reads the rows of the others and the head, all in one
// statement, so that all of it is of one moment. It changes nothing if the log contradicts what the
// server has applied.
constexpr Statement kBeatStatement{
    "beat",
    "WITH own AS (UPDATE sallyport.servers SET counter=$2::bigint, "
    "holds=greatest(holds, $4::bigint), settled=$5::bigint<>0 "
    "WHERE id=$1::bytea AND counter=$3::bigint "
    "AND EXISTS (SELECT FROM sallyport.meta WHERE name='log_id' AND value=$6::bytea) "
    "AND NOT EXISTS (SELECT FROM sallyport.log_head WHERE sequence<$7::bigint "
    "OR (sequence=$7::bigint AND hash<>$8::bytea)) "
    "AND NOT EXISTS (SELECT FROM sallyport.log_entries WHERE sequence=$7::bigint AND "
    "hash<>$8::bytea) RETURNING number) "
    "SELECT (SELECT number FROM own), h.sequence, h.hash, "
    "(SELECT value FROM sallyport.records WHERE key='meta/time'), "
    "(SELECT value FROM sallyport.records WHERE key='meta/watched'), "
    "(SELECT value FROM sallyport.records WHERE key='meta/feed/restored'), "
    "(SELECT value FROM sallyport.records WHERE key='meta/feed/withdrawals'), "
    "o.id, o.number, o.counter, o.holds, o.period_millis, o.alone, o.settled "
    "FROM sallyport.log_head h LEFT JOIN sallyport.servers o ON o.id<>$1::bytea"};
// A lock on a row is written to the log of the database, so the commit waits as every other one. It
// is in nobody's way.
constexpr Statement kSettleReading{"settle",
                                   "SELECT FROM sallyport.meta WHERE name='log_id' FOR KEY SHARE"};
constexpr Statement kReadServers{
    "servers-read",
    "SELECT id, number, counter, holds, period_millis, alone, settled FROM sallyport.servers"};

constexpr Statement kBeginInsert{"servers-begin", "BEGIN"};
constexpr Statement kCommitInsert{"servers-commit", "COMMIT"};
// Servers register one after another, so that each sees those that registered before it.
constexpr Statement kLockInsert{"servers-lock", "SELECT FROM sallyport.log_head FOR UPDATE"};
constexpr Statement kInsertServer{
    "servers-insert",
    "INSERT INTO sallyport.servers(id, counter, holds, period_millis, alone, settled) "
    "SELECT $1::bytea, 1, sequence, $2::bigint, $3::bigint<>0, false FROM sallyport.log_head "
    "WHERE NOT EXISTS (SELECT FROM sallyport.servers WHERE alone OR $3::bigint<>0)"};
#ifdef SALLYPORT_TEST_FAULTS
constexpr Statement kHoldNothing{"servers-hold-nothing",
                                 "UPDATE sallyport.servers SET holds=1::bigint<<60"};
#endif
constexpr Statement kRemoveServer{
    "servers-remove", "DELETE FROM sallyport.servers WHERE id=$1::bytea AND counter=$2::bigint"};
constexpr Statement kGiveUpServer{"servers-give-up",
                                  "DELETE FROM sallyport.servers WHERE id=$1::bytea"};

ServerRow RowFrom(const Rows& rows, int row, int column) {
  return {.id = std::string(rows.Bytes(row, column)),
          .number = rows.Integer(row, column + 1),
          .counter = rows.Integer(row, column + 2),
          .holds = static_cast<uint64_t>(rows.Integer(row, column + 3)),
          .period_millis = rows.Integer(row, column + 4),
          .alone = rows.Boolean(row, column + 5),
          .settled = rows.Boolean(row, column + 6)};
}

}  // namespace

Outcome<BeatAnswer> SendBeat(Connection& connection, const BeatSent& sent, Deadline deadline) {
  SALLYPORT_ASSIGN(const Rows rows,
                   connection.Run(kBeatStatement,
                                  Values()
                                      .Bytes(sent.id)
                                      .Integer(sent.counter)
                                      .Integer(sent.before)
                                      .Integer(static_cast<int64_t>(sent.holds))
                                      .Integer(sent.settled ? 1 : 0)
                                      .Bytes(BytesOf(sent.log))
                                      .Integer(static_cast<int64_t>(sent.applied.sequence))
                                      .Bytes(BytesOf(sent.applied.hash)),
                                  deadline));
  if (rows.count() == 0) return Failure{Failure::Kind::kOther, "sallyport.log_head has no row"};
  BeatAnswer answer;
  if (!rows.IsNull(0, 0)) answer.number = rows.Integer(0, 0);
  answer.head.sequence = static_cast<uint64_t>(rows.Integer(0, 1));
  SALLYPORT_ASSIGN(answer.head.hash, HashFrom(rows.Bytes(0, 2)));
  const auto text = [&](int column) {
    return rows.IsNull(0, column) ? std::nullopt
                                  : std::optional<std::string>(rows.Bytes(0, column));
  };
  answer.time = text(3);
  answer.watched = text(4);
  answer.restored = text(5);
  answer.withdrawals = text(6);
  for (int row = 0; row < rows.count(); ++row) {
    if (!rows.IsNull(row, 7)) answer.others.push_back(RowFrom(rows, row, 7));
  }
  return answer;
}

Outcome<void> Settle(Connection& connection, Deadline deadline) {
  SALLYPORT_ASSIGN(const Rows rows, connection.Run(kSettleReading, {}, deadline));
  if (rows.count() != 1) return Failure{Failure::Kind::kOther, "sallyport.meta has no log id"};
  if (connection.warned()) return Failure{Failure::Kind::kLost, "a commit was not confirmed"};
  return {};
}

Outcome<std::vector<ServerRow>> ReadServers(Connection& connection, Deadline deadline) {
  SALLYPORT_ASSIGN(const Rows rows, connection.Run(kReadServers, {}, deadline));
  std::vector<ServerRow> servers;
  servers.reserve(static_cast<size_t>(rows.count()));
  for (int row = 0; row < rows.count(); ++row) servers.push_back(RowFrom(rows, row, 0));
  return servers;
}

Outcome<bool> InsertServer(Connection& connection, const ServerRow& row, Deadline deadline) {
  connection.Add(kBeginInsert);
  connection.Add(kLockInsert);
  connection.Add(kInsertServer,
                 Values().Bytes(row.id).Integer(row.period_millis).Integer(row.alone ? 1 : 0));
  connection.Add(kCommitInsert);
  SALLYPORT_ASSIGN(const std::vector<Rows> answers, connection.Run(deadline));
#ifdef SALLYPORT_TEST_FAULTS
  if (base::TestFault("holds-nothing")) SALLYPORT_TRY(connection.Run(kHoldNothing, {}, deadline));
#endif
  return answers.at(2).affected() == 1;
}

Outcome<bool> RemoveServer(Connection& connection, const std::string& id, int64_t counter,
                           Deadline deadline) {
  SALLYPORT_ASSIGN(const Rows removed,
                   connection.Run(kRemoveServer, Values().Bytes(id).Integer(counter), deadline));
  return removed.affected() == 1;
}

Outcome<void> GiveUpServer(Connection& connection, const std::string& id, Deadline deadline) {
  SALLYPORT_TRY(connection.Run(kGiveUpServer, Values().Bytes(id), deadline));
  return {};
}

}  // namespace sallyport::store::postgres
