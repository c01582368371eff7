// Shared by the operations that change and delete a user's attributes. Addresses are verified by
// codes (AutoVerifiedAttributes), and may have to be before they take effect
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

// The medium of the address in that attribute, for AttributeName where codes are asked for.
// InvalidParameterException where that attribute cannot be verified by a code.
base::Result<domain::Medium> AddressOf(std::string_view attribute);
domain::CodePurpose VerificationOf(domain::Medium medium);

// A code that is made before the commit, since the commit may run more than once.
struct VerificationCode {
  std::string code;
  domain::CustomMessage custom;
};
struct VerificationCodes {
  VerificationCode email;
  VerificationCode phone_number;
};
// Asks the pool's functions about the messages that `changes` to `user` will cause; does not ask
// where `user` is null. `client_id` and `metadata` are the call's, if it has them.
base::Result<VerificationCodes> PrepareVerification(const Call& call, const domain::Pool& pool,
                                                    const domain::User* user,
                                                    domain::Attributes changes,
                                                    std::string_view client_id,
                                                    const boost::json::object* metadata);

// Called within a commit: applies the changes to the user and writes it. A new address that is
// verified automatically is sent a code; where it has to be verified first, the present one stays
// meanwhile. An address that the same call says is verified is accepted as such. Gives where codes
// were sent. AliasExistsException, TooManyRequestsException.
base::Result<std::vector<domain::Channel>> UpdateAttributes(
    store::Tx& tx, const domain::Services& services, const domain::Pool& pool, domain::User& user,
    domain::Attributes changes, const VerificationCodes& codes);

// Called within a commit: deletes the attributes and what depends on them from the user, and writes
// it.
base::Status DeleteAttributes(store::Tx& tx, const domain::Services& services,
                              const domain::Pool& pool, domain::User& user,
                              const std::vector<std::string>& names);

}  // namespace sallyport::operations
