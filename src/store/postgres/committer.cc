#include "store_postgres/committer.h"

#include <exception>
#include <optional>
#include <thread>
#include <utility>

#include "base/log.h"
#include "base/random.h"

namespace sallyport::store::postgres {
namespace {

// From this run on no other change of this server runs at the same time (lane.h).
constexpr int kAlone = 3;
// After so many runs a change is given up. By then only other servers can still conflict with it.
constexpr int kGreatestRuns = 32;
// The pause before a change is run again whose connection had ended: the database may be starting.
constexpr auto kReconnectPause = std::chrono::milliseconds(50);

constexpr Statement kBeginLookup{"lookup-begin", "BEGIN"};
constexpr Statement kCommitLookup{"lookup-commit", "COMMIT"};
// Waits where the other transaction is still under way. If this one writes the id, the other can
// never commit.
constexpr Statement kClaim{
    "lookup-claim",
    "INSERT INTO sallyport.commits(id, never) VALUES($1::bytea, true) ON CONFLICT DO NOTHING"};
constexpr Statement kWhose{"lookup-whose",
                           "SELECT never FROM sallyport.commits WHERE id=$1::bytea"};
// Takes a row lock, so that the commit writes something and is therefore durable, even if the id
// was there already.
constexpr Statement kSettle{"lookup-settle", "SELECT 1 FROM sallyport.log_head FOR UPDATE"};

base::Status RunChange(const Committer::Change& change, PostgresTx& tx) {
  try {
    return change(tx);
  } catch (const std::exception& thrown) {
    return base::InternalError(std::string("a change threw: ") + thrown.what());
  }
}

// Pauses for longer with each run, and at random, so that two changes do not run again at the same
// moment.
void BackOff(int run) {
  const uint64_t most = uint64_t{500} << std::min(run, 6);
  std::this_thread::sleep_for(std::chrono::microseconds(base::RandomU64() % most));
}

}  // namespace

Outcome<Committer::Done> Committer::Run(const Change& change, bool writable, Reads expected,
                                        const KnownRecords& recent, const Reads* after) {
  const Deadline deadline = After(budget_);
  const KnownRecords none;
  const KnownRecords* known = &recent;
  for (int run = 1;; ++run) {
    const Lane::Pass pass(lane_, run >= kAlone);
    auto done = Try(change, writable, expected, *known, after, deadline);
    if (done) return done;
    const Failure& failure = done.error();
    // Whatever it was, what was read before the transaction is not relied on a second time.
    known = &none;
    if (failure.kind == Failure::Kind::kUnproved) continue;
    if (failure.kind == Failure::Kind::kConflict) {
      ++conflicts_;
      if (run < kGreatestRuns && std::chrono::steady_clock::now() < deadline) {
        if (run >= kAlone) BackOff(run);
        continue;
      }
      ++given_up_;
      return done;
    }
    const bool dead = failure.kind == Failure::Kind::kLost || failure.kind == Failure::Kind::kAway;
    if (!dead || std::chrono::steady_clock::now() + kReconnectPause >= deadline) return done;
    // The pool's other connections are as old, and have probably ended too.
    pool_.DropIdle();
    std::this_thread::sleep_for(kReconnectPause);
  }
}

Outcome<Committer::Done> Committer::Try(const Change& change, bool writable, Reads& expected,
                                        const KnownRecords& recent, const Reads* after,
                                        Deadline deadline) {
  SALLYPORT_ASSIGN(std::optional<Pool::Lease> lease, pool_.Take(deadline));
  PostgresTx tx(
      **lease,
      {.deadline = deadline,
       .writable = writable,
       .read_count = [&](std::string_view index) { return CommittedCount(index, deadline); },
       .recent = &recent,
       .after = after});
  Done done;
  if (const auto begun = tx.Expect(expected); !begun) {
    tx.RollBack();
    return begun.error();
  }
  done.outcome = RunChange(change, tx);
  if (done.outcome && tx.refused()) done.outcome = DiskFullError("a refused write went unnoticed");
  std::optional<Failure> failure = tx.failure();
  if (!failure && !done.outcome && tx.relies_on_recent()) {
    failure = Failure{Failure::Kind::kUnproved, "refused by what was read before"};
  }
  if (!failure && !done.outcome) {
    tx.RollBack();
    done.head.pending = true;
    return done;
  }
  bool warned = false;
  if (!failure) {
    const bool writing = tx.writes();
    auto committed = tx.Commit();
    if (committed) {
      done.head = *committed;
      done.appended = tx.appends();
      warned = writing && (*lease)->warned();
      if (!warned) {
        ++commits_;
        done.left = tx.Left();
        done.after = tx.TakeAfter();
        return done;
      }
    } else {
      failure = committed.error();
    }
  }
  const bool unknown = warned || (failure && tx.may_have_committed(*failure));
  if (!unknown) {
    expected = Reads{.keys = tx.Touched()};
    tx.RollBack();
    return *std::move(failure);
  }
  done.appended = tx.appends();
  done.head.pending = true;
  lease.reset();
  SALLYPORT_ASSIGN(const bool was_committed, WasCommitted(tx.commit_id()));
  if (!was_committed) {
    if (failure && failure->kind != Failure::Kind::kLost) return *std::move(failure);
    return Failure{Failure::Kind::kLost, "the connection ended before the commit"};
  }
  ++commits_;
  return done;
}

Outcome<bool> Committer::WasCommitted(const CommitId& id) {
  ++looked_up_;
  const Deadline deadline = After(budget_);
  while (true) {
    auto answer = AskWhetherCommitted(id, deadline);
    if (answer) return answer;
    if (std::chrono::steady_clock::now() + kReconnectPause >= deadline) {
      ++unknown_;
      base::LogError("the outcome of a commit is not known", {{"cause", answer.error().cause}});
      return Failure{Failure::Kind::kUnknown, answer.error().cause};
    }
    pool_.DropIdle();
    std::this_thread::sleep_for(kReconnectPause);
  }
}

Outcome<bool> Committer::AskWhetherCommitted(const CommitId& id, Deadline deadline) {
  SALLYPORT_ASSIGN(const std::unique_ptr<Connection> connection, pool_.Open(deadline));
  connection->Add(kBeginLookup);
  const std::string_view bytes(reinterpret_cast<const char*>(id.data()), id.size());
  connection->Add(kClaim, Values().Bytes(bytes));
  connection->Add(kWhose, Values().Bytes(bytes));
  connection->Add(kSettle);
  connection->Add(kCommitLookup);
  SALLYPORT_ASSIGN(const std::vector<Rows> answers, connection->Run(deadline));
  if (connection->warned()) return Failure{Failure::Kind::kLost, "a commit was not confirmed"};
  if (answers.at(2).count() != 1) return Failure{Failure::Kind::kOther, "a claimed id is gone"};
  return !answers.at(2).Boolean(0, 0);
}

void Committer::AddFigures(DatabaseFigures& figures) const {
  figures.conflicts = conflicts_;
  figures.given_up = given_up_;
  figures.looked_up = looked_up_;
  figures.unknown = unknown_;
}

Outcome<IndexCount> Committer::CommittedCount(std::string_view index, Deadline deadline) {
  const std::lock_guard lock(counting_mutex_);
  if (counting_ == nullptr || !counting_->usable()) {
    SALLYPORT_ASSIGN(counting_, pool_.Open(deadline));
  }
  return ReadCount(*counting_, index, deadline);
}

}  // namespace sallyport::store::postgres
