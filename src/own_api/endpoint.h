// An endpoint of Sallyport's own: POST of a JSON object, to calls that are signed with the server's
// credentials. It gives a JSON object, or the error {"__type", "message"}.
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
  // Where Agents reach the feed, "127.0.0.1:9230", as far as the server can tell.
  std::vector<std::string> feed_addresses;
  // Empty unless Work::needs_feed_status.
  feed::Status feed;
};

// An Agent whose connections have to end, and whose leases have to be over, before the answer.
struct EndedAgent {
  std::string name;
  std::string key_id;  // empty: of every key of that name
};

struct Outcome {
  base::Result<boost::json::object> answer;
  // What has to be refused everywhere before the answer is sent. After an error of work that
  // revokes the pipeline waits for whatever may have been revoked.
  store::Wait wait = store::Wait::NothingRevoked();
  std::optional<EndedAgent> ended_agent = {};
};

// What is to be done, as the body of a request says it.
struct Work {
  // Of which region it must be is checked before it begins. Empty: it is about no pool.
  std::string pool_id = {};
  // It computes for tens of milliseconds: among the threads that hash passwords.
  bool computes_long = false;
  // It is never refused because too many calls wait.
  bool revokes = false;
  bool needs_feed_status = false;
  // Blocks, on a worker thread. An exception is answered as an internal error.
  std::function<Outcome(const Environment&)> run = {};
};

struct Endpoint {
  std::string_view path;
  std::string_view name;  // in metrics and logs
  // InvalidParameterException where the body does not say what the endpoint can do.
  base::Result<Work> (*parse)(const boost::json::object& body);
};

// nullptr: there is none.
const Endpoint* FindEndpoint(std::string_view path);

// Success where each of these members is a string or absent. An absent one is
// empty text to whoever reads it; one of another type must not be taken for absent.
base::Status CheckTexts(const boost::json::object& body,
                        std::initializer_list<std::string_view> members);

// "2026-11-25T17:30:00Z", of Unix milliseconds.
std::string IsoTime(int64_t millis);

}  // namespace sallyport::own_api
