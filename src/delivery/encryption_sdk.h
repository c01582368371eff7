// Encrypts messages so that the AWS Encryption SDK decrypts them with its default settings: message
// format version 2, algorithm suite 0x0478 (AES-256-GCM, HKDF-SHA512, key commitment, no
// signature).
// https://docs.aws.amazon.com/encryption-sdk/latest/developer-guide/message-format.html
#pragma once

#include <atomic>
#include <map>
#include <string>
#include <string_view>

#include "base/result.h"
#include "base/secret.h"

namespace sallyport::delivery {

// A key that a KMS has made for one message.
struct DataKey {
  std::string key_arn;  // the ARN of the KMS key under which it is encrypted
  base::Secret plain;   // 32 bytes
  std::string encrypted;
};

// Sent in clear with the message, and bound to it. Whoever decrypts the data key must state it,
// too.
using EncryptionContext = std::map<std::string, std::string>;

// Makes data keys, as a KMS does.
class DataKeys {
 public:
  virtual ~DataKeys() = default;
  // An error's code is "refused" where another attempt would have the same result (the key does not
  // exist, or may not be used), otherwise "later"; its message tells the operator why. Ends within
  // about a second once `stop` is set. Thread-safe.
  virtual base::Result<DataKey> Generate(std::string_view key_id, const EncryptionContext& context,
                                         const std::atomic<bool>& stop) const = 0;
};

// Encrypts `text`, of at most 4,096 bytes, in one frame.
base::Result<std::string> EncryptMessage(const DataKey& key, const EncryptionContext& context,
                                         std::string_view text);

}  // namespace sallyport::delivery
