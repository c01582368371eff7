// Connection: one connection to PostgreSQL, in libpq's pipeline mode: what is added is sent
// together and answered together, one round trip for all of it.
#pragma once

#include <libpq-fe.h>

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "store_postgres/failure.h"

namespace sallyport::store::postgres {

// A statement that is prepared on each connection when it is first used there. `name` is its own.
struct Statement {
  const char* name;
  const char* sql;
};

// The rows that a statement gave, in binary.
class Rows {
 public:
  explicit Rows(PGresult* result) : result_(result) {}

  int count() const { return PQntuples(result_.get()); }
  bool IsNull(int row, int column) const { return PQgetisnull(result_.get(), row, column) != 0; }
  std::string_view Bytes(int row, int column) const {
    return {PQgetvalue(result_.get(), row, column),
            static_cast<size_t>(PQgetlength(result_.get(), row, column))};
  }
  // Of a bigint; 0 where it is none.
  int64_t Integer(int row, int column) const;
  bool Boolean(int row, int column) const {
    return Bytes(row, column) == std::string_view("\1", 1);
  }
  // How many rows it wrote or gave.
  uint64_t affected() const;

 private:
  struct Clear {
    void operator()(PGresult* result) const { PQclear(result); }
  };
  std::unique_ptr<PGresult, Clear> result_;
};

// The values of a statement's $1, $2, ... What they name need live only until Connection::Add.
class Values {
 public:
  Values& Bytes(std::string_view bytes);
  Values& Integer(int64_t number);
  Values& ByteArray(std::span<const std::string_view> items);
  Values& IntegerArray(std::span<const int64_t> items);

 private:
  friend class Connection;
  struct Value {
    std::string_view view;
    std::string own;  // where `view` is not used
    bool is_own = false;
  };
  Values& Own(std::string bytes);
  std::vector<Value> values_;
};

// What libpq is told: keyword and value.
using ConnectWords = std::vector<std::pair<std::string, std::string>>;

// For one thread at a time.
class Connection {
 public:
  // `round_trips` is counted up for each one, and outlives the connection. `statement_millis`: what
  // the database lets one statement take.
  static Outcome<std::unique_ptr<Connection>> Open(const ConnectWords& words, Deadline deadline,
                                                   int64_t statement_millis,
                                                   std::atomic<uint64_t>& round_trips);
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  void Add(const Statement& statement, const Values& values = {});
  // Sends what was added and waits for all of it. The first failure is the whole's; what came after
  // it the database has not done. After kLost the connection is of no use.
  Outcome<std::vector<Rows>> Run(Deadline deadline);
  // With what was added before it, in one round trip; gives the rows of this one.
  Outcome<Rows> Run(const Statement& statement, const Values& values, Deadline deadline);

  // For one that has run LISTEN: whether a notification came before the deadline. The connection is
  // of no use any more where it has ended.
  bool AwaitNotification(Deadline deadline);

  // Whether the database gave a warning in the last Run: of a commit, that its wait for a standby
  // was cut off, so that it may be visible and not durable.
  bool warned() const { return warned_; }
  bool usable() const { return !broken_ && PQstatus(connection_) == CONNECTION_OK; }
  // Whether it is between two transactions, with nothing added.
  bool idle() const;
  std::string ServerVersion() const;
  int server_version() const { return PQserverVersion(connection_); }

 private:
  Connection(PGconn* connection, std::atomic<uint64_t>& round_trips)
      : connection_(connection), round_trips_(round_trips) {}
  Outcome<void> Connect(Deadline deadline);
  Outcome<void> Configure(Deadline deadline, int64_t statement_millis);
  // Waits until the socket has something to do. False: the time was up.
  bool Wait(bool reads, bool writes, Deadline deadline) const;
  Failure Lost(std::string_view why);
  Failure FailureOf(const PGresult* result) const;
  static void Notice(void* self, const PGresult* notice);

  // What is under way, in order.
  struct Sent {
    const char* prepares;  // null: it runs
  };

  PGconn* connection_;
  std::atomic<uint64_t>& round_trips_;
  std::set<std::string_view> prepared_;
  std::vector<Sent> sent_;
  bool broken_ = false;
  bool warned_ = false;
};

}  // namespace sallyport::store::postgres
