// Worker: one thread with its connections, its gate, and its objects of each rule.
#pragma once

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <cstdint>
#include <list>
#include <map>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "authorizer/gate.h"
#include "ext_authz/connection.h"
#include "ext_authz/counters.h"
#include "ext_authz/rules.h"

namespace sallyport::ext_authz {

class Worker final : public Connections {
 public:
  struct Options {
    authorizer::Gate::Options gate;
    size_t connections = 1;  // the most that it has at the same time
  };

  // `clock` must outlive it.
  Worker(const Options& options, const base::Clock& clock);
  ~Worker() override;

  // Starts the thread. Precondition: it was not called before.
  void Start();
  // Ends the thread. Afterwards nothing is answered.
  void Stop();

  // The next two may be called by any thread. `counters` has those of each rule, by its name, in
  // the rules' order, and must outlive the worker.
  void UseRules(std::shared_ptr<const std::vector<NamedRule>> rules,
                std::vector<RuleCounters*> counters);
  void Take(Socket socket);

  // For sockets that are given to Take.
  boost::asio::io_context& io() { return io_; }
  const ConnectionCounters& counted() const { return counters_; }

  // ---- For connections
  std::shared_ptr<const ThreadRule> FindRule(std::string_view name) override;
  void Denied(const ThreadRule& rule, sallyport_reason reason) override;
  int64_t ticks() const override { return ticks_; }
  ConnectionCounters& counters() override { return counters_; }
  std::list<Connection*>& all() override { return connections_; }
  const base::Clock& clock() const override { return clock_; }

 private:
  // Modes whose rules were replaced. They decide on what they were asked before.
  struct Retired {
    int64_t at;  // tick
    std::vector<std::unique_ptr<Mode>> modes;
  };

  void MakeRules(const std::vector<NamedRule>& rules, const std::vector<RuleCounters*>& counters);
  void Accept(Socket socket);
  // Closes the connection that has been waiting for the longest time. False: none may be closed.
  bool Evict();
  // Each second: closes what is late, and ends modes that have been retired for long enough.
  void Tick();

  const Options options_;
  const base::Clock& clock_;
  ConnectionCounters counters_;
  std::list<Connection*> connections_;
  int64_t ticks_ = 0;
  int64_t complained_at_ = -1;  // the tick of the last complaint about the gate itself
  authorizer::Gate gate_;
  // What is above must outlive the connections, whose last owners are the operations in io_; and
  // io_ must outlive what is below.
  boost::asio::io_context io_{1};
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work_;
  boost::asio::steady_timer timer_;
  std::map<std::string, std::shared_ptr<const ThreadRule>, std::less<>> rules_;
  std::vector<std::unique_ptr<Mode>> modes_;  // of rules_
  std::vector<Retired> retired_;
  std::thread thread_;
};

}  // namespace sallyport::ext_authz
