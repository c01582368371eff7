// What the operations share that change and delete a user's attributes: addresses are verified by
// codes (AutoVerifiedAttributes), and may have to be before they count
// (AttributesRequireVerificationBeforeUpdate).
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "domain/credentials/code.h"
#include "domain/messages/message_template.h"
#include "domain/pools/pool.h"
#include "domain/users/attributes.h"
#include "domain/users/user.h"
#include "operations/messages/custom_message.h"
#include "operations/operation.h"
#include "store/store.h"

namespace sallyport::operations {

// The address that is the value of that attribute: of `AttributeName` where codes are asked for.
// InvalidParameterException where no code verifies that attribute.
base::Result<domain::Medium> AddressOf(std::string_view attribute);
domain::CodePurpose VerificationOf(domain::Medium medium);

// Made before the commit, which may run more than once.
struct VerificationCode {
  std::string code;
  domain::CustomMessage custom;
};
struct VerificationCodes {
  VerificationCode email;
  VerificationCode phone_number;
};
// The pool's functions are asked about what `changes` to `user` will send; for none where it is
// null. `client_id` and `metadata`: of the call, where it has them.
base::Result<VerificationCodes> PrepareVerification(const Call& call, const domain::Pool& pool,
                                                    const domain::User* user,
                                                    domain::Attributes changes,
                                                    std::string_view client_id,
                                                    const boost::json::object* metadata);

// Within a commit: does the changes to the user, and writes it. A new address that is verified
// automatically is sent a code; where it has to be verified first, the present one stays. What is
// said to be verified in the same call is taken as it is. The result: where codes went.
// AliasExistsException, TooManyRequestsException.
base::Result<std::vector<domain::Channel>> UpdateAttributes(
    store::Tx& tx, const domain::Services& services, const domain::Pool& pool, domain::User& user,
    domain::Attributes changes, const VerificationCodes& codes);

// Within a commit: deletes them from the user, with what depends on them, and writes it.
base::Status DeleteAttributes(store::Tx& tx, const domain::Services& services,
                              const domain::Pool& pool, domain::User& user,
                              const std::vector<std::string>& names);

}  // namespace sallyport::operations
