// Certificate: the certificate for HTTPS. It can be replaced while connections are open.
#pragma once

#include <openssl/ssl.h>

#include <memory>
#include <mutex>
#include <string>

#include "base/result.h"

namespace sallyport::http {

// Thread-safe.
class Certificate {
 public:
  // Loads PEM files with a chain and its private key. An error is one line for the operator.
  static base::Result<std::unique_ptr<Certificate>> Load(std::string chain_file,
                                                         std::string key_file);

  // Reads the files again. New connections then get the new certificate. After an error, which
  // includes a certificate that has expired, they still get the old one.
  base::Status Reload();

  // For one connection, which keeps it.
  std::shared_ptr<SSL_CTX> context() const;

  // When the certificate expires, in OpenSSL's format.
  std::string expiry() const;

 private:
  Certificate(std::string chain_file, std::string key_file)
      : chain_file_(std::move(chain_file)), key_file_(std::move(key_file)) {}

  const std::string chain_file_, key_file_;
  mutable std::mutex mutex_;
  std::shared_ptr<SSL_CTX> context_;  // guarded by mutex_
};

}  // namespace sallyport::http
