#include "agent/asker.h"

#include <utility>
#include <variant>

#include "base/random.h"

namespace sallyport::agent {
namespace {

base::Error BrokenAnswer(std::string cause) {
  return {"feed_broken", "the server sent something that the feed's protocol does not allow",
          std::move(cause)};
}

uint64_t RandomNotZero() {
  uint64_t number = 0;
  while (number == 0) number = base::RandomU64();
  return number;
}

}  // namespace

Asker::Asker(revocation::ReplicaWriter& writer, const base::Clock& clock, std::string name)
    : writer_(writer), clock_(clock), follower_(writer, clock, std::move(name)) {}

revocation::Frame Asker::Connected() {
  EndProof();
  auto hello = std::get<revocation::Hello>(follower_.Connected());
  hello.version = revocation::kAskingVersion;
  hello.holds_lease = false;
  return hello;
}

void Asker::Disconnected() {
  EndProof();
  follower_.Disconnected();
}

// The nonce is random and not counted up: a process that was copied or frozen must not take an
// answer to another question for its own.
revocation::Frame Asker::Ask() {
  EndProof();
  asked_ = Asked{.nonce = base::RandomU64(), .at = clock_.BootNanos()};
  return revocation::Ask{asked_->nonce};
}

base::Status Asker::Receive(const revocation::Frame& frame) {
  if (const auto* position = std::get_if<revocation::AskedPosition>(&frame)) {
    return Prove(*position);
  }
  if (const auto* none = std::get_if<revocation::NoPosition>(&frame)) {
    if (!asked_ || asked_->nonce != none->nonce) return {};
    asked_.reset();
    answer_ = Answer::kRefused;
    refusal_ = none->reason;
    return {};
  }
  // It acknowledges what it applies; nobody waits for that here.
  const auto applied = follower_.Receive(frame);
  if (!applied) return applied.error();
  return {};
}

base::Status Asker::Prove(const revocation::AskedPosition& position) {
  if (position.forget_before != revocation::kForgetNothing &&
      position.forget_before > position.wall_millis / 1000) {
    return BrokenAnswer(
        "the time before which entries may be forgotten is later than the server's own time");
  }
  if (!asked_ || asked_->nonce != position.nonce) return {};
  if (!follower_.following() || writer_.position().sequence < position.sequence) {
    return BrokenAnswer("a position that was not sent");
  }
  revocation::LeaseGrant proof;
  proof.epoch = RandomNotZero();
  proof.ttl = kProofMillis * base::kNanosPerMilli;
  proof.expiry = clock_.BootNanos() + proof.ttl;
  // The server's time is counted from the question, so it is never behind the server.
  proof.wall_offset = position.wall_millis - asked_->at / base::kNanosPerMilli;
  proof.forget_before = position.forget_before;
  asked_.reset();
  if (!writer_.SetLease(proof)) {
    return base::Error{"replica_unusable", "the Replica's file is gone", ""};
  }
  answer_ = Answer::kProved;
  return {};
}

void Asker::EndProof() {
  writer_.EndLease();
  asked_.reset();
  answer_ = Answer::kNone;
}

}  // namespace sallyport::agent
