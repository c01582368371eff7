#include "http/certificate.h"

#include <fmt/format.h>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/x509.h>

#include <cstring>
#include <utility>

#include "base/regular_file.h"

namespace sallyport::http {
namespace {

// ALPN (RFC 7301): this server speaks http/1.1.
int SelectProtocol(SSL*, const unsigned char** out, unsigned char* out_size,
                   const unsigned char* in, unsigned in_size, void*) {
  static constexpr unsigned char kProtocols[] = "\x08http/1.1";
  unsigned char* chosen = nullptr;
  if (SSL_select_next_proto(&chosen, out_size, kProtocols, sizeof kProtocols - 1, in, in_size) !=
      OPENSSL_NPN_NEGOTIATED) {
    return SSL_TLSEXT_ERR_NOACK;
  }
  *out = chosen;
  return SSL_TLSEXT_ERR_OK;
}

base::Error Problem(std::string_view what, const std::string& path) {
  const unsigned long error = ERR_get_error();
  const char* reason = ERR_reason_error_string(error);
  // Errors of the operating system have no text in OpenSSL.
  std::string why = ERR_SYSTEM_ERROR(error) ? std::strerror(ERR_GET_REASON(error))
                    : reason != nullptr     ? reason
                                            : "it cannot be read";
  ERR_clear_error();
  return {"start_failed", fmt::format("TLS {} {}: {}", what, path, why), {}};
}

base::Result<std::shared_ptr<SSL_CTX>> Read(const std::string& chain_file,
                                            const std::string& key_file) {
  for (const std::string& file : {chain_file, key_file}) {
    if (const auto regular = base::RequireRegularFile(file); !regular) {
      return base::Error{"start_failed", "TLS certificate " + regular.error().message, {}};
    }
  }
  ERR_clear_error();
  const std::shared_ptr<SSL_CTX> context(SSL_CTX_new(TLS_server_method()), SSL_CTX_free);
  if (!context) return base::InternalError("no memory for TLS");
  SSL_CTX* const native = context.get();
  SSL_CTX_set_min_proto_version(native, TLS1_2_VERSION);
  SSL_CTX_set_options(native, SSL_OP_ALL | SSL_OP_NO_COMPRESSION | SSL_OP_NO_RENEGOTIATION);
  // Idle connections release their buffers.
  SSL_CTX_set_mode(native, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE |
                               SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  SSL_CTX_set_session_cache_mode(native, SSL_SESS_CACHE_OFF);
  SSL_CTX_set_alpn_select_cb(native, SelectProtocol, nullptr);
  if (SSL_CTX_use_certificate_chain_file(native, chain_file.c_str()) != 1) {
    return Problem("certificate", chain_file);
  }
  if (SSL_CTX_use_PrivateKey_file(native, key_file.c_str(), SSL_FILETYPE_PEM) != 1 ||
      SSL_CTX_check_private_key(native) != 1) {
    return Problem("key", key_file);
  }
  return context;
}

std::string ExpiryOf(SSL_CTX* context) {
  const std::unique_ptr<BIO, int (*)(BIO*)> out(BIO_new(BIO_s_mem()), BIO_free);
  const X509* certificate = SSL_CTX_get0_certificate(context);
  if (!out || certificate == nullptr) return {};
  ASN1_TIME_print(out.get(), X509_get0_notAfter(certificate));
  char* text = nullptr;
  const long size = BIO_get_mem_data(out.get(), &text);
  return {text, static_cast<size_t>(size)};
}

}  // namespace

base::Result<std::unique_ptr<Certificate>> Certificate::Load(std::string chain_file,
                                                             std::string key_file) {
  std::unique_ptr<Certificate> certificate(
      new Certificate(std::move(chain_file), std::move(key_file)));
  SALLYPORT_ASSIGN(certificate->context_, Read(certificate->chain_file_, certificate->key_file_));
  return certificate;
}

base::Status Certificate::Reload() {
  SALLYPORT_ASSIGN(std::shared_ptr<SSL_CTX> context, Read(chain_file_, key_file_));
  const X509* certificate = SSL_CTX_get0_certificate(context.get());
  if (X509_cmp_current_time(X509_get0_notAfter(certificate)) < 0) {
    return base::Error{
        "start_failed",
        fmt::format("TLS certificate {}: it has expired, {}", chain_file_, ExpiryOf(context.get())),
        {}};
  }
  if (X509_cmp_current_time(X509_get0_notBefore(certificate)) > 0) {
    return base::Error{
        "start_failed",
        fmt::format(
            "TLS certificate {}: it is not valid yet (often the wrong file, or a wrong clock)",
            chain_file_),
        {}};
  }
  const std::lock_guard lock(mutex_);
  context_ = std::move(context);
  return {};
}

std::shared_ptr<SSL_CTX> Certificate::context() const {
  const std::lock_guard lock(mutex_);
  return context_;
}

std::string Certificate::expiry() const {
  return ExpiryOf(context().get());
}

}  // namespace sallyport::http
