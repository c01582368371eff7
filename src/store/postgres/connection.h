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

// A statement that is prepared on each connection when it is first used there. No two statements
// have the same `name`.
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
  // The value of a bigint; 0 if the column is not one.
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

// The values of a statement's $1, $2, ... The texts to which they refer must exist until
// Connection::Add returns.
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

// A bytea[] as the database sends and takes it.
std::string ByteArrayBytes(std::span<const std::string_view> items);

// How many round trips the calling thread has made.
uint64_t RoundTripsOfThread();

// libpq's connection parameters: keyword and value.
using ConnectWords = std::vector<std::pair<std::string, std::string>>;

// What the connections of one pool share, which none of them outlives.
struct Shared {
  std::atomic<uint64_t> round_trips{0};
  // Raised when it is found out which host's database has the last word (Pool::Follow): a
  // connection from before may lead to one that has been replaced, and is not used any more.
  std::atomic<uint64_t> generation{0};
};

// For one thread at a time.
class Connection {
 public:
  // `shared` must outlive the connection. The database ends a statement that takes longer than
  // `statement_millis`.
  static Outcome<std::unique_ptr<Connection>> Open(const ConnectWords& words, Deadline deadline,
                                                   int64_t statement_millis, Shared& shared);
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  void Add(const Statement& statement, const Values& values = {});
  // Sends what was added and waits for all results. If a statement fails, its failure is returned,
  // and the database has not executed the statements after it. After kLost the connection cannot be
  // used any more.
  Outcome<std::vector<Rows>> Run(Deadline deadline);
  // Runs this statement and those that were added before it, in one round trip, and gives the rows
  // of this one.
  Outcome<Rows> Run(const Statement& statement, const Values& values, Deadline deadline);

  // How many statements were added since the last Run.
  size_t added() const;

  // Sends what was added, and does not wait: the answers are read, and dropped, with those of the
  // next Run. For the end of a transaction that wrote nothing, which cannot fail. No round trip.
  void SendOnly();

  // For a connection that has run LISTEN: waits for a notification, and says whether one came
  // before the deadline. If the connection has ended meanwhile, it cannot be used any more.
  bool AwaitNotification(Deadline deadline);

  // Whether the database gave a warning in the last Run. For a commit it means that its wait for a
  // standby was interrupted, so that it may be visible without being durable.
  bool warned() const;
  bool usable() const {
    return !broken_ && generation_ == shared_.generation.load(std::memory_order_acquire) &&
           PQstatus(connection_) == CONNECTION_OK;
  }
  // Makes all other connections of the pool unusable.
  void ReplaceOthers() {
    generation_ = shared_.generation.fetch_add(1, std::memory_order_acq_rel) + 1;
  }
  // Whether it is between two transactions, with nothing added.
  bool idle() const;
  std::string ServerVersion() const;
  int server_version() const { return PQserverVersion(connection_); }
  // The database's process for this connection, as whatever answers there has told it.
  int64_t told_process() const { return PQbackendPID(connection_); }
  // The address to which it leads; empty for a Unix socket.
  std::string address() const;

 private:
  Connection(PGconn* connection, Shared& shared)
      : connection_(connection), shared_(shared), generation_(shared.generation) {}
  Outcome<void> Connect(Deadline deadline);
  Outcome<void> Configure(Deadline deadline, int64_t statement_millis);
  // Waits until the socket has something to do. False: the time was up.
  bool Wait(bool reads, bool writes, Deadline deadline) const;
  // The statements that were sent and not answered yet, in order.
  struct Sent {
    const char* prepares;  // null: it runs
  };
  // Waits for the answers of one pipeline.
  Outcome<std::vector<Rows>> AwaitAnswers(const std::vector<Sent>& sent, Deadline deadline);
  Failure Lost(std::string_view why);
  Failure FailureOf(const PGresult* result) const;
  static void Notice(void* self, const PGresult* notice);

  PGconn* connection_;
  Shared& shared_;
  uint64_t generation_;
  std::set<std::string_view> prepared_;
  std::vector<Sent> sent_;
  std::vector<std::vector<Sent>> unanswered_;  // by SendOnly
  bool broken_ = false;
  bool warned_ = false;
};

}  // namespace sallyport::store::postgres
