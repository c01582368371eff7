#include "upkeep/key_rotator.h"

#include <sys/resource.h>
#include <unistd.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_future.hpp>
#include <exception>
#include <functional>
#include <future>

#include "base/log.h"
#include "domain/keys/key_rotation.h"

namespace sallyport::upkeep {
namespace {

constexpr int kRotatorNice = 10;
// The pause between looks for next keys, of which there are few; and after a failure that may
// persist (a full disk).
constexpr std::chrono::seconds kNextKeysPause(1);
constexpr std::chrono::seconds kFailurePause(30);
constexpr std::chrono::milliseconds kReleasePoll(20);

// False: it failed.
bool Attempt(const domain::Services& services, std::string_view what,
             const std::function<base::Status()>& step) {
  base::Status done;
  try {
    done = step();
  } catch (const std::exception& error) {
    done = base::InternalError(error.what());
  }
  if (!done) {
    ++services.rotation_counts->failed;
    base::LogError(
        "a step of the rotation of keys failed, and is tried again",
        {{"step", what}, {"message", done.error().message}, {"cause", done.error().cause}});
  }
  return done.ok();
}

}  // namespace

KeyRotator::KeyRotator(const domain::Services& services, boost::asio::io_context& context,
                       feed::Hub& hub, KeyRotation settings)
    : services_(services), context_(context), hub_(hub), settings_(settings), thread_([this] {
        Run();
      }) {}

KeyRotator::~KeyRotator() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  thread_.join();
}

bool KeyRotator::Sleep(std::chrono::milliseconds pause) {
  std::unique_lock lock(mutex_);
  return !wake_.wait_for(lock, pause, [this] { return stopping_; });
}

bool KeyRotator::AwaitGates(const store::Release& release) {
  std::future<bool> released = boost::asio::co_spawn(
      context_, hub_.AwaitRelease(release.sequence()), boost::asio::use_future);
  while (released.wait_for(kReleasePoll) != std::future_status::ready) {
    if (!Sleep(std::chrono::milliseconds(0))) return false;
  }
  return released.get();
}

bool KeyRotator::TakeSteps() {
  if (!services_.store.runs_jobs()) return true;
  // For a restored store `recover` replaces every key.
  if (services_.issuing_stopped()) return true;
  bool well = Attempt(services_, "letting next keys sign", [this] {
    return domain::LetNextKeysSign(
        services_, [this](const store::Release& release) { return AwaitGates(release); });
  });
  const auto now = std::chrono::steady_clock::now();
  if (now < look_again_) return well;
  look_again_ = now + settings_.interval;
  well &= Attempt(services_, "withdrawing retired keys",
                  [this] { return domain::WithdrawRetiredKeys(services_); });
  if (settings_.every_days == 0) return well;
  return well & Attempt(services_, "beginning rotations that are due", [this] {
           return domain::BeginDueRotations(services_, settings_.every_days);
         });
}

void KeyRotator::Run() {
  setpriority(PRIO_PROCESS, static_cast<id_t>(gettid()), kRotatorNice);
  while (Sleep(TakeSteps() ? kNextKeysPause : kFailurePause)) {
  }
}

}  // namespace sallyport::upkeep
