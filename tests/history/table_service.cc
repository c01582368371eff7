#include "table_service.h"

#include <poll.h>
#include <unistd.h>

#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <chrono>
#include <optional>
#include <utility>

#include "net.h"

namespace sallyport::history {
namespace {

namespace json = boost::json;

constexpr int kTickMillis = 20;

}  // namespace

TableService::TableService(std::string name, std::string key, Nanos write_delay)
    : name_(std::move(name)), key_(std::move(key)), write_delay_(write_delay) {
  listener_ = Listen(&port_);
  thread_ = std::thread([this] { Serve(); });
}

TableService::~TableService() {
  stop_ = true;
  thread_.join();
  close(listener_);
}

size_t TableService::items() {
  const std::lock_guard lock(mutex_);
  return items_.size();
}

void TableService::Serve() {
  while (!stop_) {
    pollfd readable{listener_, POLLIN, 0};
    if (poll(&readable, 1, kTickMillis) <= 0) continue;
    const int socket = Accept(listener_);
    if (socket >= 0) connections_.emplace_back([this, socket] { ServeConnection(socket); });
  }
  for (std::thread& connection : connections_) connection.join();
}

void TableService::ServeConnection(int socket) {
  HttpPeer peer(socket);
  while (const std::optional<HttpMessage> message = peer.Read(stop_)) {
    const std::string_view target = message->Header("X-Amz-Target");
    const std::string operation(target.substr(target.rfind('.') + 1));
    int status = 200;
    const json::object answer = Do(operation, json::parse(message->body).as_object(), status);
    if (!peer.Answer(status, json::serialize(answer))) return;
  }
}

json::object TableService::Do(const std::string& operation, const json::object& request,
                              int& status) {
  if (operation == "GetItem") {
    json::object item = Get(request.at("Key").as_object());
    return item.empty() ? json::object() : json::object{{"Item", std::move(item)}};
  }
  if (operation == "BatchGetItem") {
    json::array found;
    for (const json::value& key : request.at("RequestItems").at(name_).at("Keys").as_array()) {
      json::object item = Get(key.as_object());
      if (!item.empty()) found.push_back(std::move(item));
    }
    return {{"Responses", {{name_, std::move(found)}}}, {"UnprocessedKeys", json::object()}};
  }
  if (operation == "BatchWriteItem") {
    std::this_thread::sleep_for(std::chrono::nanoseconds(write_delay_));
    Write(request);
    return {{"UnprocessedItems", json::object()}};
  }
  if (operation == "PutItem" && Put(request)) return {};
  status = 400;
  return {{"__type", operation == "PutItem" ? "ConditionalCheckFailedException"
                                            : "UnknownOperationException"}};
}

std::string TableService::KeyOf(const json::object& item) const {
  return std::string(item.at(key_).at("S").as_string());
}

json::object TableService::Get(const json::object& key) {
  const std::lock_guard lock(mutex_);
  const auto found = items_.find(KeyOf(key));
  return found == items_.end() ? json::object() : found->second;
}

void TableService::Write(const json::object& request) {
  const std::lock_guard lock(mutex_);
  for (const json::value& put : request.at("RequestItems").at(name_).as_array()) {
    const json::object& item = put.at("PutRequest").at("Item").as_object();
    items_[KeyOf(item)] = item;
  }
}

// The condition is that no item exists, or that the one that exists has the values ":aN" of its
// attributes "#aN".
bool TableService::Put(const json::object& request) {
  const json::object& item = request.at("Item").as_object();
  const std::lock_guard lock(mutex_);
  const auto found = items_.find(KeyOf(item));
  const bool exists = found != items_.end();
  const json::string& condition = request.at("ConditionExpression").as_string();
  if (exists == condition.starts_with("attribute_not_exists")) return false;
  const json::value* const values = request.if_contains("ExpressionAttributeValues");
  if (exists && values) {
    for (const auto& [name, value] : values->as_object()) {
      const std::string place = "#" + std::string(name).substr(1);
      const json::string& attribute = request.at("ExpressionAttributeNames").at(place).as_string();
      const json::value* const present = found->second.if_contains(attribute);
      if (!present || *present != value) return false;
    }
  }
  items_[KeyOf(item)] = item;
  return true;
}

}  // namespace sallyport::history
