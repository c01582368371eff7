// The Authorization header of a request that is signed with AWS Signature Version 4, and the time
// that is signed with it.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv.html
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace sallyport::codec {

inline constexpr std::string_view kSigV4Algorithm = "AWS4-HMAC-SHA256";

// The parts of the header, as views into it. None of them has been verified.
struct SigV4Header {
  std::string_view access_key;  // not empty
  std::string_view date;        // YYYYMMDD
  std::string_view region;
  std::string_view service;
  std::string_view terminator;
  std::vector<std::string_view> signed_headers;  // as sent, at least one
  std::string_view signature;                    // as sent, not empty
};

struct SigV4Problem {
  enum class Kind {
    kOtherAlgorithm,
    kNoPair,            // a part is not of the form NAME=VALUE
    kParameterMissing,  // those in `missing`
    kCredential,        // it does not have five parts, or has no access key
  };
  Kind kind;
  std::vector<std::string_view> missing = {};  // for example "Credential"; static
};

base::Result<SigV4Header, SigV4Problem> ParseSigV4Header(std::string_view value);

// "20200102T030405Z" (X-Amz-Date) as Unix seconds; nullopt if it is not of that form.
std::optional<int64_t> ParseBasicTime(std::string_view text);

}  // namespace sallyport::codec
