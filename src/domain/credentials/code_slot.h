// CodeSlot says whose code it is and for which purpose; CodeTarget says what the code proves.
#pragma once

#include <cstdint>
#include <string>

namespace sallyport::domain {

enum class CodePurpose {
  kSignUp,          // valid for 24 hours
  kForgotPassword,  // 1 hour
  kEmail,           // verifies that attribute: 24 hours
  kPhoneNumber,
};

// Whose code it is, and for which purpose.
struct CodeSlot {
  std::string pool_id;
  std::string subject;  // the user's sub
  CodePurpose purpose = CodePurpose::kSignUp;
  // For a name that no user has: the size of the table of unknown names (UnknownSlot). 0: the slot
  // is a user's.
  uint32_t unknown_records = 0;
};

// What is proved when the code comes back.
struct CodeTarget {
  std::string attribute;    // "email" or "phone_number"
  std::string destination;  // the value of the attribute, to which the code was sent
  // The user does not have that value yet; it is to replace the present one once it is verified
  // (AttributesRequireVerificationBeforeUpdate).
  bool pending = false;
};

}  // namespace sallyport::domain
