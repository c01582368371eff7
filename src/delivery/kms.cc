#include "delivery/kms.h"

#include <fmt/format.h>

#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <optional>
#include <utility>
#include <vector>

#include "base/encoding.h"
#include "base/error_codes.h"
#include "domain/records/json.h"
#include "outgoing/aws.h"
#include "outgoing/curl.h"

namespace sallyport::delivery {

namespace json = boost::json;

namespace {

constexpr size_t kMostAnswerBytes = 65'536;

size_t Keep(char* data, size_t size, size_t count, void* user) {
  std::string& answer = *static_cast<std::string*>(user);
  if (answer.size() + size * count > kMostAnswerBytes) return 0;
  answer.append(data, size * count);
  return size * count;
}

base::Error Later(std::string why) {
  return {"later", "KMS: " + std::move(why), ""};
}

std::optional<std::string> Decoded(const json::object& answer, std::string_view member) {
  const auto bytes = base::Base64Decode(domain::StringMember(answer, member));
  if (!bytes) return std::nullopt;
  return std::string(bytes->begin(), bytes->end());
}

base::Result<DataKey> ReadDataKey(long status, const std::string& text) {
  boost::system::error_code error;
  const json::value answer = json::parse(text, error);
  if (error || !answer.is_object()) return Later(fmt::format("HTTP {}, no JSON", status));
  const json::object& object = answer.get_object();
  if (status != 200) {
    std::string_view type = domain::StringMember(object, "__type");
    type.remove_prefix(type.rfind('#') + 1);  // npos + 1 is 0
    const std::string why = fmt::format("HTTP {} {}", status, type);
    // The key that the pool names does not exist, or may not be used for this purpose.
    if (type == base::code::kNotFound || type == base::code::kInvalidKeyUsage ||
        type == base::code::kValidation || type == base::code::kInvalidArn) {
      return base::Error{base::code::kRefused, "KMS: " + why, ""};
    }
    return Later(why);
  }
  auto plain = Decoded(object, "Plaintext");
  auto encrypted = Decoded(object, "CiphertextBlob");
  const std::string_view arn = domain::StringMember(object, "KeyId");
  if (!plain || !encrypted || arn.empty()) return Later("the answer has no data key");
  return DataKey{std::string(arn), base::Secret(*std::move(plain)), *std::move(encrypted)};
}

class Kms final : public DataKeys {
 public:
  explicit Kms(KmsOptions options) : options_(std::move(options)), handles_(options_.ca_file) {}

  base::Result<DataKey> Generate(std::string_view key_id, const EncryptionContext& context,
                                 const std::atomic<bool>& stop) const override;

 private:
  const KmsOptions options_;
  mutable outgoing::Handles handles_;
};

base::Result<DataKey> Kms::Generate(std::string_view key_id, const EncryptionContext& context,
                                    const std::atomic<bool>& stop) const {
  json::object pairs;
  for (const auto& [name, value] : context) pairs[name] = value;
  const std::string body = json::serialize(json::object{
      {"KeyId", key_id}, {"KeySpec", "AES_256"}, {"EncryptionContext", std::move(pairs)}});
  const outgoing::Handles::Lease lease = handles_.Take();
  CURL* const curl = lease.get();
  outgoing::EndWith(curl, stop);
  outgoing::CurlList headers(nullptr, curl_slist_free_all);
  outgoing::Append(headers, "Content-Type: application/x-amz-json-1.1");
  outgoing::Append(headers, "X-Amz-Target: TrentService.GenerateDataKey");
  outgoing::SignForAws(curl, headers, options_.region, "kms",
                       {options_.access_key, options_.secret, {}});
  std::string answer;
  outgoing::SetPost(curl, options_.url, body);
  curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers.get());
  curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, Keep);
  curl_easy_setopt(curl, CURLOPT_WRITEDATA, &answer);
  const CURLcode code = curl_easy_perform(curl);
  long status = 0;
  curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
  auto key = code == CURLE_OK ? ReadDataKey(status, answer)
                              : base::Result<DataKey>(Later(curl_easy_strerror(code)));
  base::Wipe(answer);
  return key;
}

}  // namespace

std::unique_ptr<const DataKeys> MakeKms(KmsOptions options) {
  return std::make_unique<Kms>(std::move(options));
}

}  // namespace sallyport::delivery
