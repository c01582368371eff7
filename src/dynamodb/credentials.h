// Credentials in a file that somebody else keeps up to date.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <string>

#include "base/clock.h"
#include "base/result.h"
#include "dynamodb/table.h"

namespace sallyport::dynamodb {

// Thread-safe.
class CredentialsFile {
 public:
  // Reads the section `default` of a file in the format of the AWS SDKs' shared credentials file:
  // aws_access_key_id, aws_secret_access_key and, for temporary credentials, aws_session_token.
  // Nobody but its owner may have access to it. An error's message is one line for the operator.
  static base::Result<std::unique_ptr<CredentialsFile>> Open(std::string path,
                                                             const base::Clock& clock);

  // Reads the file again if it was replaced or written to; looks at most once in ten seconds. If it
  // cannot be read, the credentials stay, and the log says so.
  Credentials Now();

 private:
  CredentialsFile(std::string path, const base::Clock& clock)
      : path_(std::move(path)), clock_(clock) {}

  // A file's device, inode, size and time of change.
  struct Version {
    uint64_t device = 0, inode = 0, size = 0;
    int64_t seconds = 0, nanos = 0;
    bool operator==(const Version&) const = default;
  };
  base::Status Read();

  const std::string path_;
  const base::Clock& clock_;
  std::mutex mutex_;
  Version version_;
  Credentials credentials_;
  int64_t look_again_at_ = 0;  // BootNanos
};

}  // namespace sallyport::dynamodb
