// AWS KMS's GenerateDataKey, at AWS or at a service with the same API.
// https://docs.aws.amazon.com/kms/latest/APIReference/API_GenerateDataKey.html
#pragma once

#include <memory>
#include <string>

#include "base/secret.h"
#include "delivery/encryption_sdk.h"

namespace sallyport::delivery {

struct KmsOptions {
  std::string url;  // for example "https://kms.eu-west-1.amazonaws.com"
  std::string region;
  std::string access_key;
  base::Secret secret;
  std::string ca_file;  // PEM; empty: the system's certificates
};

std::unique_ptr<const DataKeys> MakeKms(KmsOptions options);

}  // namespace sallyport::delivery
