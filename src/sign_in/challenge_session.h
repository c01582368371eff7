// ChallengeSession: what AWS's opaque `Session` stands for between a challenge and its answer. It
// is either stored as a record (domain/credentials/challenge.h), or sealed and carried by the
// client (domain/credentials/srp_session.h). It belongs to one client and may be answered once.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "domain/credentials/used_sessions.h"
#include "sign_in/attempt.h"
#include "sign_in/outcome.h"
#include "sign_in/progress.h"
#include "sign_in/refusal.h"

namespace sallyport::store {
class Tx;
}

namespace sallyport::sign_in {

struct ChallengeSession {
  Waiting waiting;
  // What the client has; where the client carries the session, only once it is sealed.
  std::string text;
  Progress progress;              // without `user` and `change`
  uint64_t password_version = 0;  // the version of the user's password when the challenge was made
  // Not empty: the proof is part of another step, which continues from this text (ParseProgress).
  std::string resume;
  int64_t expires_millis = 0;
  domain::SessionNumber number;  // of a session that the client carries
};

// The session that this client was given as `text` for such a challenge, not used and not expired.
// Otherwise kInvalidSession, kUsedSession or kExpiredSession. For a session that the client carries
// it is kWrongProof in place of kInvalidSession, and only SpendChallengeSession finds out that it
// was used.
Judged<ChallengeSession> OpenChallengeSession(const Attempt& attempt, const Waiting& waiting,
                                              std::string_view text);

// Commits that the session was answered. Of several calls at the same time one succeeds; the others
// get kUsedSession.
Judged<void> SpendChallengeSession(const Attempt& attempt, const ChallengeSession& session);

// A new session that waits for an answer. Made outside of a commit; `password_version` may be set
// until the session is stored or sealed.
ChallengeSession MakeChallengeSession(const Attempt& attempt, const Waiting& waiting,
                                      Progress progress, std::string resume);
// Called within a commit, for a session that the client does not carry. TooManyRequestsException
// where the ceiling is reached (domain::Leftover).
base::Status KeepChallengeSession(store::Tx& tx, const Attempt& attempt,
                                  const ChallengeSession& session);
// Seals a session that the client carries, and gives the text for the client.
std::string SealChallengeSession(const Attempt& attempt, const ChallengeSession& session);

// Progress as text, from which it can be restored. `made_seconds` is when the text was made; it is
// used for what older versions did not write.
std::string ProgressText(const Progress& progress);
base::Result<Progress> ParseProgress(std::string_view text, int64_t made_seconds);

// When the session was made, Unix seconds, computed from when it expires.
int64_t MadeSeconds(const Attempt& attempt, const ChallengeSession& session);

}  // namespace sallyport::sign_in
