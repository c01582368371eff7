#include "sign_in/refusal.h"

#include <array>

#include "domain/errors.h"

namespace sallyport::sign_in {
namespace {

struct Said {
  Reason reason;
  const base::Sentence<0>* sentence;
};

constexpr std::array kSaid{
    Said{Reason::kWrongProof, &domain::error::kIncorrectUsernameOrPassword},
    Said{Reason::kNoSuchUser, &domain::error::kNoSuchUser},
    Said{Reason::kLockedOut, &domain::error::kPasswordAttemptsExceeded},
    Said{Reason::kInvalidSession, &domain::error::kInvalidSession},
    Said{Reason::kUsedSession, &domain::error::kSessionUsed},
    Said{Reason::kExpiredSession, &domain::error::kSessionExpired},
    Said{Reason::kDisabled, &domain::error::kUserDisabled},
    Said{Reason::kNotConfirmed, &domain::error::kUserNotConfirmed},
    Said{Reason::kResetRequired, &domain::error::kPasswordResetRequired},
    Said{Reason::kNoSecondFactor, &domain::error::kNoSecondFactor},
    Said{Reason::kExpiredPassword, &domain::error::kTemporaryPasswordExpired},
    Said{Reason::kNotOffered, &domain::error::kCustomAuthNotConfigured},
};

Reason ReasonOf(const base::Error& error) {
  for (const Said& said : kSaid) {
    if (said.sentence->Is(error)) return said.reason;
  }
  return Reason::kFailed;
}

}  // namespace

Refusal::Refusal(base::Error what) : reason(ReasonOf(what)), error(std::move(what)) {}

Refusal Refuse(Reason reason, std::string cause) {
  for (const Said& said : kSaid) {
    if (said.reason == reason) return {reason, said.sentence->Because(std::move(cause))};
  }
  return {Reason::kFailed, base::InternalError("a refusal without a sentence: " + cause)};
}

Refusal Unacceptable(base::Error error) {
  const bool ours = error.code == base::code::kInternalError;
  return {ours ? Reason::kFailed : Reason::kUnacceptable, std::move(error)};
}

}  // namespace sallyport::sign_in
