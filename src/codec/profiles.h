// The AWS SDKs' shared `config` and `credentials` files.
// https://docs.aws.amazon.com/sdkref/latest/guide/file-format.html
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "base/result.h"

namespace sallyport::codec {

// Values by key. A nested value below "outer =" has the key "outer.inner". Keys are in lower case.
using ProfileSection = std::map<std::string, std::string, std::less<>>;
// Sections by their header. A profile is "profile NAME" in both kinds of files; others are
// "services NAME" and "sso-session NAME".
using ProfileFile = std::map<std::string, ProfileSection, std::less<>>;

enum class ProfileFileKind {
  kConfig,       // [default], [profile NAME], [services NAME]
  kCredentials,  // [NAME]
};

// An error's message is "NAME:LINE: what is wrong", and never contains a value.
base::Result<ProfileFile> ParseProfileFile(std::string_view text, std::string_view file_name,
                                           ProfileFileKind kind);

}  // namespace sallyport::codec
