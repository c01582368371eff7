#include "sink/mirror.h"

#include <algorithm>
#include <array>
#include <boost/asio/post.hpp>
#include <chrono>
#include <string_view>
#include <utility>

#include "agent/tuple.h"
#include "base/error_codes.h"
#include "base/log.h"

namespace sallyport::sink {
namespace {

namespace asio = boost::asio;

constexpr int64_t kLogAgainNanos = 10'000'000'000;

// Errors that say that the settings are wrong, and not that the table has trouble at the moment.
constexpr std::array<std::string_view, 7> kWrongSettings = {
    base::code::kResourceNotFound,          base::code::kValidation,
    base::code::kUnrecognizedClient,        base::code::kAccessDenied,
    base::code::kInvalidSignature,          base::code::kIncompleteSignature,
    base::code::kMissingAuthenticationToken};

bool IsWrongSetting(const base::Error& error) {
  return std::find(kWrongSettings.begin(), kWrongSettings.end(), error.code) !=
         kWrongSettings.end();
}

agent::Backoff MakeBackoff() {
  return {std::chrono::milliseconds(50), std::chrono::milliseconds(2'000)};
}

// What `read` makes of the reply, or why there is no reply.
template <typename Read>
auto ReadReply(const outgoing::Reply& reply, const Read& read) -> decltype(read()) {
  if (reply.failure == outgoing::Reply::Failure::kNone) return read();
  return base::Error{base::code::kService, reply.cause, ""};
}

}  // namespace

Mirror::Mirror(asio::io_context& io, const base::Clock& clock, Options options,
               std::unique_ptr<dynamodb::CredentialsFile> credentials)
    : io_(io),
      clock_(clock),
      options_(std::move(options)),
      credentials_(std::move(credentials)),
      calls_(std::make_unique<outgoing::Calls>(
          outgoing::Calls::Options{.ca_file = options_.ca_file, .connections = 1})),
      pause_timer_(io) {}

asio::awaitable<outgoing::Reply> Mirror::Do(outgoing::Call call) {
  const auto done =
      std::make_shared<asio::steady_timer>(io_, asio::steady_timer::time_point::max());
  const auto reply = std::make_shared<outgoing::Reply>();
  call.millis = options_.call_millis;
  calls_->Start(std::move(call), [this, done, reply](outgoing::Reply got) {
    asio::post(io_, [done, reply, got = std::move(got)]() mutable {
      *reply = std::move(got);
      done->cancel();
    });
  });
  co_await done->async_wait(agent::kTuple);
  co_return std::move(*reply);
}

asio::awaitable<void> Mirror::Pause(const base::Error& error, agent::Backoff& backoff) {
  ++counters_.failures;
  counters_.problem = error.message;
  const int64_t now = clock_.BootNanos();
  if (now - logged_at_ >= kLogAgainNanos) {
    base::LogError("the table does not take the log", {{"cause", error.message}});
    logged_at_ = now;
  }
  pause_timer_.expires_after(backoff.Next());
  co_await pause_timer_.async_wait(agent::kTuple);
}

void Mirror::Succeeded() {
  counters_.problem.clear();
  logged_at_ = 0;
}

asio::awaitable<base::Status> Mirror::Load(bool give_up) {
  agent::Backoff backoff = MakeBackoff();
  for (;;) {
    outgoing::Call call = dynamodb::GetWhole(options_.table, kPositionKey, credentials_->Now());
    const outgoing::Reply reply = co_await Do(std::move(call));
    const auto item = ReadReply(reply, [&] {
      return dynamodb::ReadGetWhole(options_.table, kPositionKey, reply.status, reply.body);
    });
    if (item) {
      Succeeded();
      stored_ = *item;
      // An item that is not a position counts as none: it is replaced after a snapshot.
      position_ = stored_ ? FromItem(*stored_).value_or(Position()) : Position();
      loaded_ = true;
      co_return base::Status();
    }
    if (give_up && IsWrongSetting(item.error())) co_return item.error();
    co_await Pause(item.error(), backoff);
  }
}

asio::awaitable<void> Mirror::Write(const std::vector<revocation::Revocation>& entries) {
  std::vector<std::vector<dynamodb::Item>> groups = ToItems(entries);
  for (std::vector<dynamodb::Item>& group : groups) {
    const size_t count = group.size();
    agent::Backoff backoff = MakeBackoff();
    while (!group.empty()) {
      outgoing::Call call = dynamodb::Put(options_.table, group, credentials_->Now());
      const outgoing::Reply reply = co_await Do(std::move(call));
      auto left = ReadReply(reply, [&] {
        return dynamodb::ReadPut(options_.table, group, reply.status, reply.body);
      });
      if (left) group = std::move(*left);
      if (left && group.empty()) break;
      const base::Error error =
          left ? base::Error{base::code::kService, "no capacity for all items", ""} : left.error();
      co_await Pause(error, backoff);
    }
    Succeeded();
    counters_.items += count;
  }
}

asio::awaitable<base::Status> Mirror::Advance(Position next) {
  const dynamodb::Item after = ToItem(next);
  agent::Backoff backoff = MakeBackoff();
  for (;;) {
    outgoing::Call call = dynamodb::Replace(options_.table, stored_, after, credentials_->Now());
    const outgoing::Reply reply = co_await Do(std::move(call));
    const base::Status replaced =
        ReadReply(reply, [&] { return dynamodb::ReadReplace(reply.status, reply.body); });
    if (replaced) break;
    if (replaced.error().code == base::code::kConditionalCheckFailed) {
      (void)co_await Load(false);
      // The answer to an earlier attempt was lost.
      if (position_ == next) break;
      ++counters_.conflicts;
      co_return base::Error{"conflict", "another sink writes to this table", ""};
    }
    co_await Pause(replaced.error(), backoff);
  }
  Succeeded();
  stored_ = after;
  position_ = next;
  co_return base::Status();
}

asio::awaitable<bool> Mirror::HasLost() {
  const Position before = position_;
  outgoing::Call call = dynamodb::GetWhole(options_.table, kPositionKey, credentials_->Now());
  const outgoing::Reply reply = co_await Do(std::move(call));
  const auto item = ReadReply(reply, [&] {
    return dynamodb::ReadGetWhole(options_.table, kPositionKey, reply.status, reply.body);
  });
  // What was read while the position moved says nothing.
  if (!item || position_ != before) co_return false;
  const std::optional<Position> stands = *item ? FromItem(**item) : std::nullopt;
  co_return !stands || stands->log != position_.log ||
      stands->position.sequence < position_.position.sequence;
}

void Mirror::Forget() {
  ++counters_.losses;
  base::LogError("the table has lost what was written to it, which is written again",
                 {{"sequence", position_.position.sequence}});
  loaded_ = false;
}

}  // namespace sallyport::sink
