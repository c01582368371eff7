// An endpoint of Sallyport's own: it takes a JSON object by POST, in a call that is signed with the
// server's credentials, and gives a JSON object, or the error {"__type", "message"}.
#pragma once

#include <boost/json/object.hpp>
#include <cstdint>
#include <functional>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "domain/services.h"
#include "feed/status.h"
#include "store/release.h"

namespace sallyport::own_api {

// What the work of an endpoint may use.
struct Environment {
  const domain::Services& services;
  // The addresses by which Agents reach the feed, for example "127.0.0.1:9230", as far as the
  // server can tell.
  std::vector<std::string> feed_addresses;
  // Set only if Work::needs_feed_status.
  feed::Status feed;
};

// An Agent whose connections and leases must have ended before the answer is sent.
struct EndedAgent {
  std::string name;
  std::string key_id;  // empty: of all keys of that name
};

struct Outcome {
  base::Result<boost::json::object> answer;
  // What has to be refused everywhere before the answer is sent. After an error of work that
  // revokes, the pipeline waits for whatever may have been revoked.
  store::Wait wait = store::Wait::NothingRevoked();
  std::optional<EndedAgent> ended_agent = {};
};

// What the body of a request asks for.
struct Work {
  // The pool, whose region is checked before the work begins. Empty: the work is about no pool.
  std::string pool_id = {};
  // It computes for tens of milliseconds, so it runs on the threads that hash passwords.
  bool computes_long = false;
  // It is never refused because too many calls wait.
  bool revokes = false;
  bool needs_feed_status = false;
  // Blocks, so it runs on a worker thread. An exception is answered as an internal error.
  std::function<Outcome(const Environment&)> run = {};
};

struct Endpoint {
  std::string_view path;
  std::string_view name;  // for metrics and logs
  // InvalidParameterException where the body does not ask for something that the endpoint does.
  base::Result<Work> (*parse)(const boost::json::object& body);
};

// nullptr: there is none at that path.
const Endpoint* FindEndpoint(std::string_view path);

// Succeeds where each of these members is a string or absent. A reader sees an absent member as an
// empty text, so this check keeps a member of another type from being taken for absent.
base::Status CheckTexts(const boost::json::object& body,
                        std::initializer_list<std::string_view> members);

// For example "2026-11-25T17:30:00Z", from Unix milliseconds.
std::string IsoTime(int64_t millis);

}  // namespace sallyport::own_api
