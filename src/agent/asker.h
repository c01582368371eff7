// Asker: the rules of the feed for somebody who holds no lease and asks for each decision
// (docs/revocation-feed.md, "Asking"), without a socket. It is given frames and gives frames.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "agent/follower.h"
#include "base/clock.h"
#include "base/result.h"
#include "revocation/frame.h"
#include "revocation/replica_writer.h"

namespace sallyport::agent {

// Not thread-safe.
class Asker {
 public:
  // For how long a proof may be used. It is ended as soon as the decision is made; this only bounds
  // a decision that hangs.
  static constexpr int64_t kProofMillis = 10'000;

  // `writer` and `clock` must outlive it.
  Asker(revocation::ReplicaWriter& writer, const base::Clock& clock, std::string name);

  // A connection is open: gives its first frame. Forgets what was asked on an earlier one.
  revocation::Frame Connected();
  void Disconnected();

  // A new question, for a request that was received before this call. Whatever was asked or proved
  // before is void.
  revocation::Frame Ask();

  // Applies one frame. After an error the connection must be closed.
  base::Status Receive(const revocation::Frame& frame);

  enum class Answer {
    kNone,    // none has come yet
    kProved,  // gates may decide on one request by the Replica, until EndProof
    kRefused  // `refusal` says why; asking again may help
  };
  Answer answer() const { return answer_; }
  const std::string& refusal() const { return refusal_; }

  // The decision is made. Nothing can be decided before the next question is answered.
  void EndProof();

 private:
  struct Asked {
    uint64_t nonce;
    int64_t at;  // BootNanos
  };
  base::Status Prove(const revocation::AskedPosition& position);

  revocation::ReplicaWriter& writer_;
  const base::Clock& clock_;
  Follower follower_;
  std::optional<Asked> asked_;
  Answer answer_ = Answer::kNone;
  std::string refusal_;
};

}  // namespace sallyport::agent
