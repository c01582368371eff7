// Transport: gives one Message to a service that delivers it.
#pragma once

#include <atomic>
#include <string>

#include "domain/messages/message.h"

namespace sallyport::delivery {

struct Outcome {
  enum class Kind {
    kTaken,    // the service has accepted it
    kLater,    // it may succeed later: nobody answered, or the service is busy or refuses everybody
    kRefused,  // it will not succeed later: the service refuses this message
  };
  Kind kind = Kind::kTaken;
  std::string reason;  // for the log and the outbox, without code and address
};

class Transport {
 public:
  virtual ~Transport() = default;
  // Blocks for as long as the transport's time limits allow. Thread-safe. A message may be given to
  // the service twice, after a crash; where possible its id tells the service so.
  virtual Outcome Send(const domain::Message& message) = 0;

  // After this call no Send waits for a service: one that is under way ends within about a second.
  // Thread-safe.
  void Stop() { stopped_ = true; }

 protected:
  const std::atomic<bool>& stopped() const { return stopped_; }

 private:
  std::atomic<bool> stopped_ = false;
};

}  // namespace sallyport::delivery
