#include "store_postgres/connection.h"

#include <fmt/format.h>
#include <poll.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <optional>

#ifdef SALLYPORT_TEST_FAULTS
#include "base/test_fault.h"
#endif

namespace sallyport::store::postgres {
namespace {

// Object ids of PostgreSQL's built-in types (pg_type.dat).
constexpr uint32_t kByteaType = 17;
constexpr uint32_t kBigintType = 20;

void AppendInt32(std::string& bytes, uint32_t number) {
  for (int shift = 24; shift >= 0; shift -= 8) bytes += static_cast<char>(number >> shift);
}

void AppendInt64(std::string& bytes, uint64_t number) {
  for (int shift = 56; shift >= 0; shift -= 8) bytes += static_cast<char>(number >> shift);
}

// The head of an array with one dimension (array_send in PostgreSQL's arrayfuncs.c).
std::string ArrayHead(uint32_t type, size_t count) {
  std::string bytes;
  AppendInt32(bytes, count == 0 ? 0 : 1);  // dimensions
  AppendInt32(bytes, 0);                   // no element is null
  AppendInt32(bytes, type);
  if (count == 0) return bytes;
  AppendInt32(bytes, static_cast<uint32_t>(count));
  AppendInt32(bytes, 1);  // the first index
  return bytes;
}

thread_local uint64_t round_trips_of_thread = 0;

// libpq's messages end with a line break, and have tabs in them.
std::string OneLine(std::string_view text) {
  std::string line(text);
  while (!line.empty() && (line.back() == '\n' || line.back() == ' ')) line.pop_back();
  std::replace_if(
      line.begin(), line.end(), [](char c) { return c == '\n' || c == '\t'; }, ' ');
  return line;
}

// The settings of each connection. A statement ends when its caller has gone. Rows are looked up in
// an index even if a table is small or has no statistics, because a scan of the whole table would
// conflict with every writer. A commit is durable even if the database's own setting is weaker, or
// becomes so while the connection lasts.
constexpr Statement kConfigure{
    "configure",
    "SELECT set_config('statement_timeout', $1::bigint::text, false), "
    "set_config('lock_timeout', $1::bigint::text, false), "
    "set_config('idle_in_transaction_session_timeout', '30000', false), "
    "set_config('enable_seqscan', 'off', false), "
    "set_config('enable_bitmapscan', 'off', false), "
    "set_config('enable_hashjoin', 'off', false), "
    "set_config('enable_mergejoin', 'off', false), "
    "set_config('plan_cache_mode', 'force_generic_plan', false), "
    "set_config('jit', 'off', false), "
    "set_config('client_min_messages', 'warning', false), "
    "set_config('default_transaction_isolation', 'read committed', false), "
    "set_config('synchronous_commit', CASE WHEN current_setting('synchronous_commit') IN "
    "('off', 'local', 'remote_write') THEN 'on' ELSE current_setting('synchronous_commit') END, "
    "false)"};

}  // namespace

std::string ByteArrayBytes(std::span<const std::string_view> items) {
  std::string bytes = ArrayHead(kByteaType, items.size());
  for (const std::string_view item : items) {
    AppendInt32(bytes, static_cast<uint32_t>(item.size()));
    bytes += item;
  }
  return bytes;
}

uint64_t RoundTripsOfThread() {
  return round_trips_of_thread;
}

int64_t Rows::Integer(int row, int column) const {
  const std::string_view bytes = Bytes(row, column);
  if (bytes.size() != sizeof(int64_t)) return 0;
  uint64_t number = 0;
  for (const char byte : bytes) number = number << 8 | static_cast<uint8_t>(byte);
  return static_cast<int64_t>(number);
}

uint64_t Rows::affected() const {
  return std::strtoull(PQcmdTuples(result_.get()), nullptr, 10);
}

Values& Values::Bytes(std::string_view bytes) {
  values_.push_back({bytes, {}, false});
  return *this;
}

Values& Values::Own(std::string bytes) {
  values_.push_back({{}, std::move(bytes), true});
  return *this;
}

Values& Values::Integer(int64_t number) {
  std::string bytes;
  AppendInt64(bytes, static_cast<uint64_t>(number));
  return Own(std::move(bytes));
}

Values& Values::ByteArray(std::span<const std::string_view> items) {
  return Own(ByteArrayBytes(items));
}

Values& Values::IntegerArray(std::span<const int64_t> items) {
  std::string bytes = ArrayHead(kBigintType, items.size());
  for (const int64_t item : items) {
    AppendInt32(bytes, sizeof(item));
    AppendInt64(bytes, static_cast<uint64_t>(item));
  }
  return Own(std::move(bytes));
}

Outcome<std::unique_ptr<Connection>> Connection::Open(const ConnectWords& words, Deadline deadline,
                                                      int64_t statement_millis, Shared& shared) {
  std::vector<const char*> keywords;
  std::vector<const char*> values;
  for (const auto& [keyword, value] : words) {
    keywords.push_back(keyword.c_str());
    values.push_back(value.c_str());
  }
  keywords.push_back(nullptr);
  values.push_back(nullptr);
  PGconn* const started = PQconnectStartParams(keywords.data(), values.data(), 0);
  if (started == nullptr) return Failure{Failure::Kind::kAway, "no memory for a connection"};
  std::unique_ptr<Connection> connection(new Connection(started, shared));
  SALLYPORT_TRY(connection->Connect(deadline));
  SALLYPORT_TRY(connection->Configure(deadline, statement_millis));
  return connection;
}

Connection::~Connection() {
  PQfinish(connection_);
}

Outcome<void> Connection::Connect(Deadline deadline) {
  PostgresPollingStatusType state = PGRES_POLLING_WRITING;
  while (state != PGRES_POLLING_OK) {
    if (PQstatus(connection_) == CONNECTION_BAD || state == PGRES_POLLING_FAILED) {
      return Failure{Failure::Kind::kAway, OneLine(PQerrorMessage(connection_))};
    }
    const bool reads = state == PGRES_POLLING_READING;
    if (!Wait(reads, !reads, deadline)) {
      return Failure{Failure::Kind::kAway, "no connection could be made in time"};
    }
    state = PQconnectPoll(connection_);
  }
  PQsetNoticeReceiver(connection_, &Connection::Notice, this);
  if (PQsetnonblocking(connection_, 1) != 0 || PQenterPipelineMode(connection_) != 1) {
    return Failure{Failure::Kind::kAway, OneLine(PQerrorMessage(connection_))};
  }
  return {};
}

Outcome<void> Connection::Configure(Deadline deadline, int64_t statement_millis) {
  auto configured = Run(kConfigure, Values().Integer(statement_millis), deadline);
  if (configured) return {};
  // No caller's statement was sent.
  Failure failure = std::move(configured).error();
  if (failure.kind == Failure::Kind::kLost) failure.kind = Failure::Kind::kAway;
  return failure;
}

void Connection::Notice(void* self, const PGresult* notice) {
  const char* severity = PQresultErrorField(notice, PG_DIAG_SEVERITY_NONLOCALIZED);
  if (severity != nullptr && std::string_view(severity) == "WARNING") {
    static_cast<Connection*>(self)->warned_ = true;
  }
}

bool Connection::Wait(bool reads, bool writes, Deadline deadline) const {
  pollfd waited{};
  waited.fd = PQsocket(connection_);
  waited.events = static_cast<short>((reads ? POLLIN : 0) | (writes ? POLLOUT : 0));
  while (true) {
    const auto left =
        std::chrono::ceil<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now());
    if (left.count() <= 0) return false;
    const int ready = ::poll(&waited, 1, static_cast<int>(left.count()));
    if (ready > 0) return true;
    if (ready < 0 && errno != EINTR) return false;
  }
}

Failure Connection::Lost(std::string_view why) {
  broken_ = true;
  return {Failure::Kind::kLost, OneLine(why)};
}

Failure Connection::FailureOf(const PGresult* result) const {
  const char* state = PQresultErrorField(result, PG_DIAG_SQLSTATE);
  const std::string text = OneLine(PQresultErrorMessage(result));
  if (state == nullptr) return {Failure::Kind::kLost, text};
  return {KindOf(state), fmt::format("{} ({})", text, state)};
}

void Connection::Add(const Statement& statement, const Values& values) {
  if (broken_) return;
  if (!prepared_.contains(statement.name)) {
    if (PQsendPrepare(connection_, statement.name, statement.sql, 0, nullptr) != 1) {
      broken_ = true;
      return;
    }
    prepared_.insert(statement.name);
    sent_.push_back({statement.name});
  }
  std::vector<const char*> texts;
  std::vector<int> lengths;
  std::vector<int> formats(values.values_.size(), 1);
  for (const Values::Value& value : values.values_) {
    const std::string_view bytes = value.is_own ? std::string_view(value.own) : value.view;
    // libpq would take a null pointer for SQL's NULL.
    texts.push_back(bytes.data() == nullptr ? "" : bytes.data());
    lengths.push_back(static_cast<int>(bytes.size()));
  }
  if (PQsendQueryPrepared(connection_, statement.name, static_cast<int>(texts.size()), texts.data(),
                          lengths.data(), formats.data(), 1) != 1) {
    broken_ = true;
    return;
  }
  sent_.push_back({nullptr});
}

void Connection::SendOnly() {
  std::vector<Sent> sent = std::exchange(sent_, {});
  if (broken_ || PQpipelineSync(connection_) != 1 || PQflush(connection_) < 0) {
    broken_ = true;
    return;
  }
  unanswered_.push_back(std::move(sent));
}

Outcome<std::vector<Rows>> Connection::Run(Deadline deadline) {
  const std::vector<Sent> sent = std::exchange(sent_, {});
  const std::vector<std::vector<Sent>> earlier = std::exchange(unanswered_, {});
  if (broken_ || PQpipelineSync(connection_) != 1) return Lost(PQerrorMessage(connection_));
  shared_.round_trips.fetch_add(1, std::memory_order_relaxed);
  ++round_trips_of_thread;
  for (const std::vector<Sent>& one : earlier) {
    const auto answered = AwaitAnswers(one, deadline);
    if (!answered && broken_) return answered.error();
  }
  warned_ = false;
  return AwaitAnswers(sent, deadline);
}

Outcome<std::vector<Rows>> Connection::AwaitAnswers(const std::vector<Sent>& sent,
                                                    Deadline deadline) {
  std::vector<Rows> answers;
  std::optional<Failure> failure;
  size_t at = 0;
  bool synced = false;
  while (!synced) {
    const int unsent = PQflush(connection_);
    if (unsent < 0) return Lost(PQerrorMessage(connection_));
    if (PQisBusy(connection_) != 0) {
      if (!Wait(true, unsent > 0, deadline)) return Lost("no answer in time");
      if (PQconsumeInput(connection_) != 1) return Lost(PQerrorMessage(connection_));
      continue;
    }
    PGresult* const result = PQgetResult(connection_);
    if (result == nullptr) {
      // The end of one statement's results.
      if (++at > sent.size() + 1) return Lost("the connection has ended");
      continue;
    }
    Rows rows(result);
    const ExecStatusType status = PQresultStatus(result);
    if (status == PGRES_PIPELINE_SYNC) {
      synced = true;
    } else if (status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK) {
      if (at < sent.size() && sent[at].prepares == nullptr) answers.push_back(std::move(rows));
    } else {
      if (at < sent.size() && sent[at].prepares != nullptr) prepared_.erase(sent[at].prepares);
      if (status != PGRES_PIPELINE_ABORTED && !failure) {
        failure = FailureOf(result);
        failure->executed = answers.size();
      }
      if (PQstatus(connection_) != CONNECTION_OK) return Lost(failure ? failure->cause : "lost");
    }
  }
  if (failure) {
    if (failure->kind == Failure::Kind::kLost) broken_ = true;
    return *std::move(failure);
  }
  return answers;
}

Outcome<Rows> Connection::Run(const Statement& statement, const Values& values, Deadline deadline) {
  Add(statement, values);
  SALLYPORT_ASSIGN(std::vector<Rows> answers, Run(deadline));
  if (answers.empty()) return Failure{Failure::Kind::kOther, "no answer"};
  return std::move(answers.back());
}

size_t Connection::added() const {
  return static_cast<size_t>(std::count_if(
      sent_.begin(), sent_.end(), [](const Sent& one) { return one.prepares == nullptr; }));
}

bool Connection::AwaitNotification(Deadline deadline) {
  bool notified = false;
  while (!notified) {
    if (!Wait(true, false, deadline)) return false;
    if (PQconsumeInput(connection_) != 1) {
      broken_ = true;
      return false;
    }
    while (PGnotify* const notification = PQnotifies(connection_)) {
      PQfreemem(notification);
      notified = true;
    }
  }
  return true;
}

bool Connection::warned() const {
#ifdef SALLYPORT_TEST_FAULTS
  if (base::TestFault("counts-unconfirmed")) return false;
#endif
  return warned_;
}

bool Connection::idle() const {
  // What SendOnly has sent ends a transaction.
  return sent_.empty() &&
         (!unanswered_.empty() || PQtransactionStatus(connection_) == PQTRANS_IDLE);
}

std::string Connection::address() const {
  const char* address = PQhostaddr(connection_);
  return address == nullptr ? "" : address;
}

std::string Connection::ServerVersion() const {
  const char* version = PQparameterStatus(connection_, "server_version");
  return version == nullptr ? "" : version;
}

}  // namespace sallyport::store::postgres
