// RuleReader: reads the keys of one rule in the operator's file, and knows which of them nobody has
// read.
#pragma once

#include <toml++/toml.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "authorizer/rule.h"
#include "base/result.h"

namespace sallyport::ext_authz {

// For one rule. Not thread-safe. After the first problem, later values are not to be used.
class RuleReader {
 public:
  // Both must outlive it.
  RuleReader(const toml::table& rule, std::string_view path) : rule_(rule), path_(path) {}

  // The value of a key, which counts as known from now on. nullopt or empty: the rule does not have
  // it, or there is a problem.
  std::optional<std::string> Text(std::string_view key);
  std::optional<int64_t> Number(std::string_view key, int64_t least, int64_t greatest);
  // For example "500ms" or "2s", in milliseconds.
  std::optional<int64_t> Millis(std::string_view key, int64_t least, int64_t greatest);
  // One text or an array of texts, none of them empty or given twice.
  std::vector<std::string> List(std::string_view key);
  // Keys with texts as their values, in the order of the names.
  std::vector<std::pair<std::string, std::string>> Table(std::string_view key);

  // Records a problem with the value of `key`, or with the rule if it does not have the key.
  // `message` follows the key in the message.
  void Refuse(std::string_view key, std::string_view message);

  // The first problem, or a key that nobody has asked for. If a key is missing, an unknown one
  // comes first, since it may be that one misspelt. To be called at the end.
  base::Status Finish();
  // Whether there is a problem so far.
  bool failed() const { return problem_.has_value(); }

 private:
  const toml::node* Find(std::string_view key);
  std::string Where(const toml::node& node) const;

  const toml::table& rule_;
  const std::string_view path_;
  std::vector<std::string> known_;
  std::optional<std::string> problem_;
  bool is_missing_ = false;  // the problem is that the rule does not have a key
};

// The key style: "rest", which is the default, or "http".
sallyport_style ReadStyle(RuleReader& reader);

// The keys issuer, client, scope, leeway and style, as nginx's directives of these names. nullopt:
// there is a problem. `mode` says how the Replica is used for it.
std::optional<authorizer::Rule> ReadTokenRule(RuleReader& reader, sallyport_mode mode);

}  // namespace sallyport::ext_authz
