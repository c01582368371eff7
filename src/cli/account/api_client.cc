#include "cli/account/api_client.h"

#include <curl/curl.h>
#include <fmt/format.h>
#include <openssl/hmac.h>
#include <openssl/sha.h>
#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <thread>
#include <utility>

#include "base/encoding.h"
#include "base/error_codes.h"
#include "base/random.h"
#include "base/secret.h"
#include "cli/terminal/json.h"

namespace sallyport::cli {
namespace {

constexpr const char* kNonceHeader = "X-Sallyport-Nonce";
constexpr const char* kProofHeader = "X-Sallyport-Proof";
constexpr std::string_view kProofPath = "/_sallyport/proof";
constexpr long kConnectSeconds = 10;
// A revoking call waits for every gate: at most 1.5 times the longest lease, which is a minute,
// plus its margin.
constexpr long kAnswerSeconds = 120;
constexpr size_t kGreatestAnswer = 64 * 1024 * 1024;
constexpr int kMostSends = 5;
constexpr auto kFirstPause = std::chrono::milliseconds(200);

// Set by a signal handler.
volatile std::sig_atomic_t interrupted = 0;

void OnInterrupt(int) {
  interrupted = 1;
}

struct InitialisedCurl {
  InitialisedCurl() { curl_global_init(CURL_GLOBAL_DEFAULT); }
};

size_t TakeBody(char* data, size_t, size_t size, void* target) {
  auto& body = *static_cast<std::string*>(target);
  if (body.size() + size > kGreatestAnswer) return 0;
  body.append(data, size);
  return size;
}

base::Error InterruptedError() {
  return {std::string(kInterrupted), "stopped by Ctrl-C", {}};
}

// For example "NotAuthorizedException" in "com.amazonaws...#NotAuthorizedException:http://...".
std::string ErrorCode(std::string_view text) {
  text = text.substr(0, text.find(':'));
  const size_t hash = text.rfind('#');
  return std::string(hash == std::string_view::npos ? text : text.substr(hash + 1));
}

base::Error ServerError(long status, const std::string& body) {
  boost::json::error_code error;
  const auto value = boost::json::parse(body, error);
  const auto* object = error ? nullptr : value.if_object();
  const std::string code = object ? ErrorCode(TextAt(*object, "__type")) : "";
  if (code.empty() && !(object && object->contains("message"))) {
    return {
        std::string(kStrangeAnswer),
        fmt::format("HTTP status {} without a Cognito error: is this a Cognito endpoint?", status),
        {}};
  }
  std::string message = TextAt(*object, "message");
  if (message.empty()) message = TextAt(*object, "Message");
  return {code.empty() ? fmt::format("HTTP {}", status) : code, std::move(message), {}};
}

}  // namespace

void WatchForInterrupt() {
  struct sigaction action {};
  action.sa_handler = OnInterrupt;
  action.sa_flags = SA_RESETHAND;
  ::sigaction(SIGINT, &action, nullptr);
}

bool Interrupted() {
  return interrupted != 0;
}

struct ApiClient::Posting {
  std::string_view path;
  std::string body;
  std::vector<std::string> headers;
  Signing signing;
  bool proved;
  std::string operation;  // the value of X-Amz-Target; empty: none
};

struct ApiClient::Transfer {
  std::string url;
  std::vector<std::string> headers;
  Signing signing = Signing::kNone;
  const std::string* body = nullptr;  // sent by POST
  std::FILE* upload = nullptr;        // sent by PUT
  std::function<void(uint64_t)> progress;
  std::string nonce;    // not empty: the answer must have a proof that it comes from the server
  std::string subject;  // what the proof covers: the request target and, for an Operation, its name

  long status = 0;
  std::string answer;
  std::array<char, CURL_ERROR_SIZE> problem{};

  static int OnProgress(void* self, curl_off_t, curl_off_t, curl_off_t, curl_off_t sent) {
    const auto& transfer = *static_cast<Transfer*>(self);
    if (transfer.progress) transfer.progress(static_cast<uint64_t>(sent));
    return Interrupted() ? 1 : 0;
  }
};

ApiClient::ApiClient(const Configuration& configuration)
    : configuration_(configuration), curl_(nullptr, curl_easy_cleanup) {
  static const InitialisedCurl initialised;
  curl_.reset(curl_easy_init());
}

ApiClient::~ApiClient() = default;

void ApiClient::Begin(Transfer& transfer) {
  CURL* curl = curl_.get();
  curl_easy_reset(curl);  // this resets only the options; the connection stays open
  curl_easy_setopt(curl, CURLOPT_URL, transfer.url.c_str());
  curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 0L);
  curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT, kConnectSeconds);
  curl_easy_setopt(curl, CURLOPT_USERAGENT, "sallyport");
  curl_easy_setopt(curl, CURLOPT_SSL_VERIFYPEER, 1L);
  curl_easy_setopt(curl, CURLOPT_SSL_VERIFYHOST, 2L);
  curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, transfer.problem.data());
  curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, TakeBody);
  curl_easy_setopt(curl, CURLOPT_WRITEDATA, &transfer.answer);
  curl_easy_setopt(curl, CURLOPT_NOPROGRESS, 0L);
  curl_easy_setopt(curl, CURLOPT_XFERINFOFUNCTION, Transfer::OnProgress);
  curl_easy_setopt(curl, CURLOPT_XFERINFODATA, &transfer);
  // No proxy is used for this host.
  if (IsLoopback(transfer.url)) curl_easy_setopt(curl, CURLOPT_NOPROXY, "*");
  if (!configuration_.ca_bundle.empty()) {
    curl_easy_setopt(curl, CURLOPT_CAINFO, configuration_.ca_bundle.c_str());
  }
  if (transfer.body) {
    curl_easy_setopt(curl, CURLOPT_POST, 1L);
    curl_easy_setopt(curl, CURLOPT_POSTFIELDS, transfer.body->c_str());
    curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE_LARGE,
                     static_cast<curl_off_t>(transfer.body->size()));
  }
  if (!transfer.upload) curl_easy_setopt(curl, CURLOPT_TIMEOUT, kAnswerSeconds);
}

base::Status ApiClient::Sign(Transfer& transfer) {
  if (transfer.signing == Signing::kNone || !configuration_.credentials) return {};
  const Credentials& credentials = *configuration_.credentials;
  if (credentials.access_key.find(':') != std::string::npos) {
    return base::Error{"InvalidConfiguration",
                       fmt::format("the access key id from {} has a colon", credentials.origin),
                       {}};
  }
  CURL* curl = curl_.get();
  const std::string scope = fmt::format("aws:amz:{}:cognito-idp", configuration_.region);
  curl_easy_setopt(curl, CURLOPT_AWS_SIGV4, scope.c_str());
  curl_easy_setopt(curl, CURLOPT_USERNAME, credentials.access_key.c_str());
  curl_easy_setopt(curl, CURLOPT_PASSWORD, std::string(credentials.secret_key.Reveal()).c_str());
  // curl signs the headers that it is given, but does not know session tokens.
  if (!credentials.session_token.empty()) {
    transfer.headers.push_back("X-Amz-Security-Token: " + credentials.session_token);
  }
  return {};
}

base::Status ApiClient::Perform(Transfer& transfer) {
  if (Interrupted()) return InterruptedError();
  Begin(transfer);
  SALLYPORT_TRY(Sign(transfer));
  curl_slist* list = nullptr;
  for (const std::string& header : transfer.headers) list = curl_slist_append(list, header.c_str());
  const std::unique_ptr<curl_slist, void (*)(curl_slist*)> headers(list, curl_slist_free_all);
  CURL* curl = curl_.get();
  curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers.get());
  if (transfer.upload) {
    struct stat info {};
    ::fstat(::fileno(transfer.upload), &info);
    curl_easy_setopt(curl, CURLOPT_UPLOAD, 1L);
    curl_easy_setopt(curl, CURLOPT_READDATA, transfer.upload);
    curl_easy_setopt(curl, CURLOPT_INFILESIZE_LARGE, static_cast<curl_off_t>(info.st_size));
  }
  const CURLcode code = curl_easy_perform(curl);
  if (code != CURLE_OK) return Failure(code, transfer);
  curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &transfer.status);
  return {};
}

bool ApiClient::MustProve(Signing signing) const {
  return signing == Signing::kCredentials && configuration_.credentials &&
         !configuration_.unproved && configuration_.endpoint.starts_with("http://");
}

base::Status ApiClient::AskForProof(Transfer& transfer) const {
  if (!configuration_.credentials) {
    return base::Error{
        "NoCredentials",
        "this needs the server's credentials, which also prove that the answer comes from it",
        {}};
  }
  std::array<uint8_t, 16> bytes{};
  base::RandomBytes(bytes);
  transfer.nonce = base::HexEncode(bytes);
  transfer.headers.push_back(fmt::format("{}: {}", kNonceHeader, transfer.nonce));
  return {};
}

base::Status ApiClient::FindOutWho() {
  if (knows_who_) return {};
  const auto answer = PostOnce({.path = kProofPath,
                                .body = "{}",
                                .headers = {"Content-Type: application/json"},
                                .signing = Signing::kCredentials,
                                .proved = true,
                                .operation = {}});
  if (!answer) {
    // Anybody may say that the credentials are wrong, since then nothing was done. Any other answer
    // without a proof comes from another server.
    const std::string_view code = answer.error().code;
    if (code.starts_with("HTTP ") || code == kStrangeAnswer) return NotProved();
    return answer.error();
  }
  knows_who_ = true;
  return {};
}

base::Error ApiClient::NotProved() const {
  return base::Error{std::string(kStrangeAnswer),
                     fmt::format("what answers at {} does not prove that it is the server that has "
                                 "these credentials (from {}), so its answer is not used "
                                 "(--unproved: to call a server that is not Sallyport)",
                                 configuration_.endpoint, configuration_.credentials->origin),
                     {}};
}

// The same computation as in http/router.cc.
base::Status ApiClient::CheckProof(const Transfer& transfer) const {
  if (transfer.nonce.empty()) return {};
  const std::string_view body = transfer.body ? std::string_view(*transfer.body) : "";
  const std::string text = fmt::format("{}\n{}\n{}\n{}{}", transfer.nonce, transfer.subject,
                                       body.size(), body, transfer.answer);
  const std::string_view secret = configuration_.credentials->secret_key.Reveal();
  std::array<uint8_t, SHA256_DIGEST_LENGTH> mac{};
  unsigned size = 0;
  HMAC(EVP_sha256(), secret.data(), static_cast<int>(secret.size()), base::AsBytes(text).data(),
       text.size(), mac.data(), &size);
  curl_header* proof = nullptr;
  const bool there =
      curl_easy_header(curl_.get(), kProofHeader, 0, CURLH_HEADER, -1, &proof) == CURLHE_OK;
  if (there && base::ConstantTimeEqual(proof->value, base::HexEncode(mac))) return {};
  return NotProved();
}

base::Error ApiClient::Failure(int code, const Transfer& transfer) const {
  const std::string detail = transfer.problem[0] ? transfer.problem.data()
                                                 : curl_easy_strerror(static_cast<CURLcode>(code));
  const std::string url = transfer.url.substr(0, transfer.url.find('?'));
  const auto error = [&](std::string_view name) {
    return base::Error{std::string(name), fmt::format("{}: {}", url, detail), {}};
  };
  switch (code) {
    case CURLE_ABORTED_BY_CALLBACK:
      return InterruptedError();
    case CURLE_COULDNT_CONNECT:
    case CURLE_COULDNT_RESOLVE_HOST:
    case CURLE_COULDNT_RESOLVE_PROXY:
    case CURLE_GOT_NOTHING:
    case CURLE_RECV_ERROR:
    case CURLE_SEND_ERROR:
      return error(kUnreachable);
    case CURLE_OPERATION_TIMEDOUT:
      return error(kTimedOut);
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CACERT_BADFILE:
      return error(kUntrusted);
    default:
      return error(kTransferFailed);
  }
}

base::Result<boost::json::object> ApiClient::PostOnce(const Posting& posting) {
  Transfer transfer;
  transfer.url = configuration_.endpoint + std::string(posting.path);
  transfer.signing = posting.signing;
  transfer.body = &posting.body;
  transfer.headers = posting.headers;
  transfer.subject = posting.path;
  if (!posting.operation.empty()) {
    transfer.headers.push_back(fmt::format("X-Amz-Target: {}", posting.operation));
    transfer.subject += " " + posting.operation;
  }
  if (posting.proved) SALLYPORT_TRY(AskForProof(transfer));
  SALLYPORT_TRY(Perform(transfer));
  if (transfer.status != 200) return ServerError(transfer.status, transfer.answer);
  SALLYPORT_TRY(CheckProof(transfer));
  if (transfer.answer.empty()) return boost::json::object();
  boost::json::error_code error;
  auto value = boost::json::parse(transfer.answer, error);
  if (error || !value.is_object()) {
    return base::Error{std::string(kStrangeAnswer),
                       "the answer is not a JSON object: is this a Cognito endpoint?",
                       {}};
  }
  return std::move(value.as_object());
}

base::Result<boost::json::object> ApiClient::PostPatiently(const Posting& posting) {
  if (MustProve(posting.signing)) SALLYPORT_TRY(FindOutWho());
  auto pause = kFirstPause;
  for (int attempt = 1;; ++attempt) {
    auto answer = PostOnce(posting);
    if (answer || attempt == kMostSends || answer.error().code != base::code::kTooManyRequests) {
      return answer;
    }
    std::this_thread::sleep_for(pause);
    pause *= 2;
  }
}

base::Result<boost::json::object> ApiClient::Call(std::string_view operation,
                                                  const boost::json::object& input,
                                                  Signing signing) {
  return PostPatiently(
      {.path = "/",
       .body = boost::json::serialize(input),
       .headers = {"Content-Type: application/x-amz-json-1.1"},
       .signing = signing,
       .proved = MustProve(signing),
       .operation = fmt::format("AWSCognitoIdentityProviderService.{}", operation)});
}

base::Result<boost::json::object> ApiClient::Post(std::string_view path,
                                                  const boost::json::object& input) {
  return PostPatiently({.path = path,
                        .body = boost::json::serialize(input),
                        .headers = {"Content-Type: application/json"},
                        .signing = Signing::kCredentials,
                        .proved = true,
                        .operation = {}});
}

base::Result<Document> ApiClient::Get(std::string_view path, Signing signing) {
  Transfer transfer;
  transfer.url = configuration_.endpoint + std::string(path);
  transfer.signing = signing;
  transfer.subject = path;
  if (MustProve(signing)) {
    SALLYPORT_TRY(FindOutWho());
    SALLYPORT_TRY(AskForProof(transfer));
  }
  SALLYPORT_TRY(Perform(transfer));
  if (transfer.status != 200) return ServerError(transfer.status, transfer.answer);
  SALLYPORT_TRY(CheckProof(transfer));
  Document document{std::move(transfer.answer), {}};
  curl_header* next = nullptr;
  if (curl_easy_header(curl_.get(), "X-Sallyport-Next", 0, CURLH_HEADER, -1, &next) == CURLHE_OK) {
    document.next = next->value;
  }
  return document;
}

base::Status ApiClient::Upload(const std::string& url, const std::string& path,
                               const std::vector<std::string>& headers,
                               const std::function<void(uint64_t)>& progress) {
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(std::fopen(path.c_str(), "rbe"),
                                                             std::fclose);
  if (!file) return base::Error{"FileError", fmt::format("cannot read {}", path), {}};
  Transfer transfer;
  transfer.url = url;
  transfer.headers = headers;
  transfer.headers.emplace_back("Expect:");
  transfer.upload = file.get();
  transfer.progress = progress;
  SALLYPORT_TRY(Perform(transfer));
  if (transfer.status < 200 || transfer.status > 299) {
    return base::Error{std::string(kTransferFailed),
                       fmt::format("the upload was refused with HTTP status {}", transfer.status),
                       {}};
  }
  return {};
}

}  // namespace sallyport::cli
