// ChallengeSession: what AWS's opaque `Session` stands for between a challenge and its answer. It
// is kept as a record (domain/credentials/challenge.h), or sealed in what the client carries back
// (domain/credentials/srp_session.h), is one client's, and good for one answer.
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
  std::string text;               // what the client has; of one that is carried, once it is sealed
  Progress progress;              // without the user and the change
  uint64_t password_version = 0;  // the user's, when it was asked
  // Not empty: the proof is a part of another step's, which goes on from this (ParseProgress).
  std::string resume;
  int64_t expires_millis = 0;
  domain::SessionNumber number;  // of one that is carried
};

// The session `text` that this client was given for such a challenge, unused and unexpired.
// kInvalidSession, kUsedSession, kExpiredSession; of one that is carried, kWrongProof for
// kInvalidSession, and that it was used is found by SpendChallengeSession alone.
Judged<ChallengeSession> OpenChallengeSession(const Attempt& attempt, const Waiting& waiting,
                                              std::string_view text);

// Commits that it was answered; of many calls at once for one. kUsedSession for the others.
Judged<void> SpendChallengeSession(const Attempt& attempt, const ChallengeSession& session);

// A new session that waits for an answer. Made outside a commit; `password_version` may be set
// until it is kept or sealed.
ChallengeSession MakeChallengeSession(const Attempt& attempt, const Waiting& waiting,
                                      Progress progress, std::string resume);
// Within a commit, where it is not carried. TooManyRequestsException (domain::Leftover).
base::Status KeepChallengeSession(store::Tx& tx, const Attempt& attempt,
                                  const ChallengeSession& session);
// The text of one that is carried.
std::string SealChallengeSession(const Attempt& attempt, const ChallengeSession& session);

// A progress as text, to resume from. `made_seconds`: when it was made, for what an older version's
// does not say.
std::string ProgressText(const Progress& progress);
base::Result<Progress> ParseProgress(std::string_view text, int64_t made_seconds);

// When a session that expires then was made, Unix seconds.
int64_t MadeSeconds(const Attempt& attempt, const ChallengeSession& session);

}  // namespace sallyport::sign_in
