// Release: what the answer of a revoking call waits for. Only a commit can make one, so that a call
// which may revoke cannot be answered with success before its commit, by mistake or on purpose.
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>

namespace sallyport::store {

// The RevocationLog's head as a commit saw it: once it is released, no gate allows what was
// revoked up to that commit, by whomever.
class Release {
 public:
  uint64_t sequence() const { return sequence_; }
  // The one that the other is included in.
  static Release Later(Release a, Release b) { return a.sequence_ < b.sequence_ ? b : a; }

 private:
  friend class MakesReleases;
  explicit Release(uint64_t sequence) : sequence_(sequence) {}

  uint64_t sequence_;
};

// What a backend's class derives from that commits.
class MakesReleases {
 protected:
  // `head`: the log's, as a commit of the class's own saw it.
  static Release ReleaseOf(uint64_t head) { return Release(head); }
};

// What an answer waits for: a Release, or nothing where the call that it answers has said in so
// many words that it revoked nothing.
class Wait {
 public:
  Wait(Release release) : release_(release) {}
  // Of a call that cannot revoke, or whose commit says that it did not. Never because a call found
  // nothing left to revoke: what it found revoked may not have reached the gates.
  static Wait NothingRevoked() { return {}; }

  const std::optional<Release>& release() const { return release_; }

 private:
  Wait() = default;

  std::optional<Release> release_;
};

}  // namespace sallyport::store
