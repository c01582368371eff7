// What every member of the settings of user pools and app clients does here: it has an effect, or
// it only offers something and is kept until that is built, or it is refused.
//
// A setting that would protect somebody and has no effect must not be accepted in silence: whoever
// reads it back would rely on it. So the table decides, and a test holds it against the model: a
// member without a row fails it. docs/settings.md is made of it.
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
  kKept,      // stored and returned; what it offers nobody can use yet, or nobody relies on it
  kRefused,   // but for the values that ask for nothing
};

// How a text has to be written.
enum class Form : uint8_t {
  kAny,
  // It becomes a header of mails, or a part of one, which a line break would end. No other control
  // character either.
  kLine,
};

struct Setting {
  // From the input down, through lists: "Schema.Name". Where it is an object, all that is in it.
  std::string_view member;
  Effect effect;
  // Of an enforced or kept one: what follows of it. Of a refused one: why, and what to do; it is a
  // part of the error.
  std::string_view note;
  // Of a refused one: the values that are taken, since they ask for nothing. An absent member, an
  // empty text, list or object never asks for anything.
  std::array<std::string_view, 2> taken{};
  Form form = Form::kAny;
};

// Members of CreateUserPool and UpdateUserPool.
extern const std::span<const Setting> kPoolSettingsTable;
// Of CreateUserPoolClient and UpdateUserPoolClient.
extern const std::span<const Setting> kClientSettingsTable;
// Of SetUserPoolMfaConfig.
extern const std::span<const Setting> kMfaSettingsTable;

// InvalidParameterException for the first member of `input` that the table refuses, or that is not
// written in its form.
base::Status CheckSettings(std::span<const Setting> table, const boost::json::object& input);

// Settings of the pool, and of the client, that an earlier version stored and that the tables, or
// CheckTags (pool_tags.h), would refuse today, as sentences.
std::vector<std::string> RefusedToday(const domain::Pool& pool);
std::vector<std::string> RefusedToday(const domain::Client& client);

// At start: a warning for each such setting. Time: as many reads as there are clients.
base::Status WarnOfRefusedSettings(const domain::Services& services);

}  // namespace sallyport::operations
