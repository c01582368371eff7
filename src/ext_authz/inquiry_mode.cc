#include "ext_authz/inquiry_mode.h"

#include <boost/asio/post.hpp>
#include <map>
#include <mutex>
#include <string>
#include <utility>

namespace sallyport::ext_authz {
namespace {

using authorizer::Decision;
using inquiry::Answer;

class InquiryMode;

// The way back from the inquirer's thread to the mode's, which may have ended meanwhile.
struct WayBack {
  std::mutex mutex;
  boost::asio::io_context* io;  // guarded by mutex; null: the mode has ended
  InquiryMode* mode;            // used by its thread only
};

Decision Conclude(Decision checked, Answer answer) {
  if (answer == Answer::kActive) return checked;
  checked.verdict = SALLYPORT_DENY;
  checked.reason =
      answer == Answer::kRefused ? SALLYPORT_REASON_REVOKED : SALLYPORT_REASON_NO_ANSWER;
  return checked;
}

inquiry::Subject SubjectOf(authorizer::Token& token) {
  const auto claim = [&token](std::string_view name) {
    return std::string(token.Claim(name).value_or(std::string_view()));
  };
  return {.token = std::string(token.compact()),
          .username = claim("username"),
          .sub = claim("sub"),
          .jti = claim("jti"),
          .origin_jti = claim("origin_jti"),
          .event_id = claim("event_id"),
          .client_id = std::string(token.client()),
          .iss = claim("iss")};
}

class InquiryMode final : public Mode {
 public:
  InquiryMode(std::unique_ptr<LocalCheck> check, InquirerPtr inquirer, const Thread& thread)
      : check_(std::move(check)),
        inquirer_(std::move(inquirer)),
        way_back_(std::make_shared<WayBack>()) {
    way_back_->io = &thread.io;
    way_back_->mode = this;
  }
  ~InquiryMode() override {
    const std::lock_guard lock(way_back_->mutex);
    way_back_->io = nullptr;
    way_back_->mode = nullptr;
  }

  std::optional<Decision> Ask(const Question& question) override {
    Decision checked = check_->Authorize(question.token());
    if (checked.verdict != SALLYPORT_ALLOW) return checked;
    const uint64_t number = ++asked_;
    const auto tell = [way_back = way_back_, number](Answer answer) {
      Return(way_back, number, answer);
    };
    if (const auto answer = inquirer_->Ask(SubjectOf(*checked.token), tell)) {
      return Conclude(std::move(checked), *answer);
    }
    // An answer that is there already is waiting to be run by this thread.
    waiting_.emplace(number, Waiting{question.Wait(), std::move(checked)});
    return std::nullopt;
  }

 private:
  struct Waiting {
    Pending pending;
    Decision checked;
  };

  static void Return(const std::shared_ptr<WayBack>& way_back, uint64_t number, Answer answer) {
    const std::lock_guard lock(way_back->mutex);
    if (!way_back->io) return;
    boost::asio::post(*way_back->io, [way_back, number, answer] {
      if (way_back->mode) way_back->mode->Told(number, answer);
    });
  }

  void Told(uint64_t number, Answer answer) {
    const auto found = waiting_.find(number);
    if (found == waiting_.end()) return;
    Waiting told = std::move(found->second);
    waiting_.erase(found);
    std::move(told.pending).Decide(Conclude(std::move(told.checked), answer));
  }

  const std::unique_ptr<LocalCheck> check_;
  const InquirerPtr inquirer_;
  const std::shared_ptr<WayBack> way_back_;
  uint64_t asked_ = 0;
  std::map<uint64_t, Waiting> waiting_;
};

}  // namespace

MakeMode ByInquiry(MakeLocalCheck check, InquirerPtr inquirer) {
  return [check = std::move(check),
          inquirer = std::move(inquirer)](const Thread& thread) -> std::unique_ptr<Mode> {
    return std::make_unique<InquiryMode>(check(thread), inquirer, thread);
  };
}

}  // namespace sallyport::ext_authz
