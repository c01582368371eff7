// CodeSlot: whose code it is and what for; CodeTarget: what it proves.
#pragma once

#include <cstdint>
#include <string>

namespace sallyport::domain {

enum class CodePurpose {
  kSignUp,          // serves 24 hours
  kForgotPassword,  // 1 hour
  kEmail,           // the verification of that attribute: 24 hours
  kPhoneNumber,
};

// Whose code, and what for.
struct CodeSlot {
  std::string pool_id;
  std::string subject;  // the user's sub
  CodePurpose purpose = CodePurpose::kSignUp;
  // Of the table of unknown names (UnknownSlot); 0: it is a user's.
  uint32_t unknown_records = 0;
};

// What the code proves when it comes back.
struct CodeTarget {
  std::string attribute;    // "email" or "phone_number"
  std::string destination;  // the value of it that the code was sent to
  // The user does not have that value yet: it is waiting to be verified
  // (AttributesRequireVerificationBeforeUpdate).
  bool pending = false;
};

}  // namespace sallyport::domain
