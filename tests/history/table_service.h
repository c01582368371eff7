// TableService: a table of DynamoDB in memory, as far as `sallyport sink dynamodb` and the mode
// `blocklist` use one. It does not look at signatures.
#pragma once

#include <atomic>
#include <boost/json/object.hpp>
#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "history.h"
#include "http_peer.h"

namespace sallyport::history {

class TableService {
 public:
  // The table's name and partition key, and how long a batch of items takes to be written.
  TableService(std::string name, std::string key, Nanos write_delay);
  ~TableService();
  TableService(const TableService&) = delete;
  TableService& operator=(const TableService&) = delete;

  uint16_t port() const { return port_; }
  size_t items();

 private:
  void Serve();
  void ServeConnection(int socket);
  boost::json::object Do(const std::string& operation, const boost::json::object& request,
                         int& status);
  boost::json::object Get(const boost::json::object& key);
  // False: the condition does not hold.
  bool Put(const boost::json::object& request);
  void Write(const boost::json::object& request);
  std::string KeyOf(const boost::json::object& item) const;

  const std::string name_, key_;
  const Nanos write_delay_;
  int listener_ = -1;
  uint16_t port_ = 0;
  std::atomic<bool> stop_{false};
  std::mutex mutex_;
  std::map<std::string, boost::json::object> items_;  // guarded by mutex_
  std::vector<std::thread> connections_;              // used by thread_ only
  std::thread thread_;
};

}  // namespace sallyport::history
