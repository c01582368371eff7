// Certificate: what HTTPS is served with. It is replaced while connections are open.
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
  // Of PEM files, a chain and its private key. Errors are one line for the operator.
  static base::Result<std::unique_ptr<Certificate>> Load(std::string chain_file,
                                                         std::string key_file);

  // Reads the files again. What is then shown to new connections is the new one; with an error
  // (which a certificate that has expired is too) it is the old one still.
  base::Status Reload();

  // For one connection, with which it stays.
  std::shared_ptr<SSL_CTX> context() const;

  // When it expires, as OpenSSL writes it.
  std::string expiry() const;

 private:
  Certificate(std::string chain_file, std::string key_file)
      : chain_file_(std::move(chain_file)), key_file_(std::move(key_file)) {}

  const std::string chain_file_, key_file_;
  mutable std::mutex mutex_;
  std::shared_ptr<SSL_CTX> context_;  // guarded by mutex_
};

}  // namespace sallyport::http
