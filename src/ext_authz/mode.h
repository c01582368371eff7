// Mode: how a rule decides. The rest of this layer knows modes only by this interface.
//
// A mode may know its decision at once, as `live` does, or may have to ask somebody else first. So
// each thread has objects of its own, and they are used by that thread alone; what the threads have
// to share (a cache, a connection, a limit on calls) belongs to the MakeMode that makes them.
#pragma once

#include <boost/asio/io_context.hpp>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string_view>
#include <utility>

#include "authorizer/gate.h"

namespace sallyport::ext_authz {

// Whoever waits for a decision. Used by one thread.
class Asker {
 public:
  virtual ~Asker() = default;
  // `number` is the question's. The answer to a question that is not open any more is ignored.
  virtual void Decided(uint64_t number, authorizer::Decision decision) = 0;
};

// A question that is not answered yet. It is answered exactly once: whoever gives it up, for
// whatever reason, has denied.
class Pending {
 public:
  Pending(std::shared_ptr<Asker> asker, uint64_t number)
      : asker_(std::move(asker)), number_(number) {}
  Pending(Pending&&) noexcept = default;
  Pending& operator=(Pending&& other) noexcept {
    std::swap(asker_, other.asker_);
    std::swap(number_, other.number_);
    return *this;
  }
  ~Pending() {
    if (asker_) std::move(*this).Decide(authorizer::Decision());
  }

  // To be called by the thread that asked. Where the decision allows, `decision.token` has to be
  // set if the rule passes claims on.
  void Decide(authorizer::Decision decision) && {
    const std::shared_ptr<Asker> asker = std::move(asker_);
    asker->Decided(number_, std::move(decision));
  }

 private:
  std::shared_ptr<Asker> asker_;
  uint64_t number_;
};

// What a mode is asked.
class Question {
 public:
  Question(std::string_view token, const std::shared_ptr<Asker>& asker, uint64_t number)
      : token_(token), asker_(asker), number_(number) {}

  // The compact JWS, which may be empty. Valid until the question is answered.
  std::string_view token() const { return token_; }
  // For a mode that cannot answer at once. Called at most once.
  Pending Wait() const { return {asker_, number_}; }

 private:
  const std::string_view token_;
  const std::shared_ptr<Asker>& asker_;
  const uint64_t number_;
};

// Used by one thread.
class Mode {
 public:
  virtual ~Mode() = default;

  // The decision if it is known at once; nullopt: the mode has called question.Wait(), and will
  // decide within a time that it limits itself, of at most 60 seconds. Whatever goes wrong
  // meanwhile has to become a Deny. An exception is a Deny, too.
  virtual std::optional<authorizer::Decision> Ask(const Question& question) = 0;
};

// What a thread lends to its modes, which it outlives.
struct Thread {
  boost::asio::io_context& io;  // run by this thread only
  authorizer::Gate& gate;
};

// Makes one thread's object. Called on that thread; may be called by several threads at once.
using MakeMode = std::function<std::unique_ptr<Mode>(const Thread& thread)>;

}  // namespace sallyport::ext_authz
