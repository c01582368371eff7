// What each setting of user pools and app clients does here: it has an effect; or it offers
// something that is not built yet, and is stored; or it is refused.
//
// A setting that would protect somebody and has no effect must not be accepted silently, since
// whoever reads it back would rely on it. This table decides, and a test compares it with the
// model: a member without a row fails the test. docs/settings.md is made from it.
#pragma once

#include <array>
#include <boost/json/object.hpp>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "domain/clients/client.h"
#include "domain/pools/pool.h"

namespace sallyport::operations {

enum class Effect : uint8_t {
  kEnforced,  // it has the effect that AWS describes
  kKept,  // stored and shown; it offers something that nobody can use yet, or nobody relies on it
  kRefused,  // except for values that ask for nothing
};

// The form that a text must have.
enum class Form : uint8_t {
  kAny,
  // The text becomes a mail header, or part of one, so it must not have a line break or any other
  // control character.
  kLine,
};

struct Setting {
  // The path from the input down, through lists: "Schema.Name". If it is an object, the row covers
  // everything in it.
  std::string_view member;
  Effect effect;
  // If it is enforced or stored: what that means. If it is refused: why, and what to do; this is
  // part of the error.
  std::string_view note;
  // If it is refused: values that are nevertheless accepted, because they ask for nothing. An
  // absent member and an empty text, list or object never ask for anything.
  std::array<std::string_view, 2> taken{};
  Form form = Form::kAny;
};

// The members of CreateUserPool and UpdateUserPool.
extern const std::span<const Setting> kPoolSettingsTable;
// The members of CreateUserPoolClient and UpdateUserPoolClient.
extern const std::span<const Setting> kClientSettingsTable;
// The members of SetUserPoolMfaConfig.
extern const std::span<const Setting> kMfaSettingsTable;

// InvalidParameterException for the first member of `input` that the table refuses, or that does
// not have the required form.
base::Status CheckSettings(std::span<const Setting> table, const boost::json::object& input);

// The settings of the pool, and of the client, that an earlier version stored and that the tables
// or CheckTags (pool_tags.h) would refuse today, as sentences.
std::vector<std::string> RefusedToday(const domain::Pool& pool);
std::vector<std::string> RefusedToday(const domain::Client& client);

// Called when the server starts: logs a warning for each such setting. Reads every client.
base::Status WarnOfRefusedSettings(const domain::Services& services);

}  // namespace sallyport::operations
