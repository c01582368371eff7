// Transport: hands one Message to a service that delivers it.
#pragma once

#include <atomic>
#include <string>

#include "domain/messages/message.h"

namespace sallyport::delivery {

struct Outcome {
  enum class Kind {
    kTaken,    // the service has it
    kLater,    // it may work later: nobody answered, the service is busy or refuses everybody
    kRefused,  // it will not work later: the service refuses this message
  };
  Kind kind = Kind::kTaken;
  std::string reason;  // for the log and the outbox: no code, no address
};

class Transport {
 public:
  virtual ~Transport() = default;
  // Blocks, for as long as the transport's time-outs let it. Thread-safe. A message may be handed
  // over twice (a crash after the service took it): its id tells the service so where it can.
  virtual Outcome Send(const domain::Message& message) = 0;

  // From here on a Send waits for no service any more: one that is under way ends within about a
  // second. Thread-safe.
  void Stop() { stopped_ = true; }

 protected:
  const std::atomic<bool>& stopped() const { return stopped_; }

 private:
  std::atomic<bool> stopped_ = false;
};

}  // namespace sallyport::delivery
