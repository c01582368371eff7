// WithdrawnKeys: the keys of one agent by which no lease may be held any more.
#pragma once

#include <set>
#include <string>

#include "feed/connection.h"
#include "feed/options.h"

namespace sallyport::feed {

class WithdrawnKeys {
 public:
  // Of the agent with this name: the key that was withdrawn now.
  WithdrawnKeys(std::string name, std::string key_id)
      : name_(std::move(name)), keys_{std::move(key_id)} {}

  // Adds the key of `owner` if it is another one of the same name, since a key that was withdrawn
  // earlier may still have a lease. Does not add the key that is enrolled now: the name may have
  // been enrolled again meanwhile.
  void Add(const Agent& owner, const Options& options) {
    if (owner.name != name_ || keys_.contains(owner.key_id)) return;
    const auto enrolled = options.enrolled(owner);
    if (!enrolled.ok() || !*enrolled) keys_.insert(owner.key_id);
  }

  // Whether `owner` proves itself by one of them. An old Agent has no key.
  bool Has(const Agent& owner) const {
    return owner.name == name_ && owner.version != revocation::kOldFeedVersion &&
           keys_.contains(owner.key_id);
  }

 private:
  const std::string name_;
  std::set<std::string> keys_;
};

}  // namespace sallyport::feed
