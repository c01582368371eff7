// A token as received, and the JSON in it: nothing crashes, nothing that is not signed is verified,
// and what the strict reader accepts means the same to a second parser.
#include <boost/json/parse.hpp>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "base/encoding.h"
#include "jose/strict_json.h"
#include "jose/token.h"

namespace sallyport::jose {
namespace {

void Require(bool condition) {
  if (!condition) std::abort();
}

const PublicKey& Key() {
  static const PublicKey key = [] {
    std::string n(256, '\xa5');
    n.front() = '\x80';
    n.back() = '\x01';
    return PublicKey::FromModulus(base::AsBytes(n), base::AsBytes("\x01\x03")).value();
  }();
  return key;
}

void Compact(std::string_view compact) {
  auto token = UnverifiedToken::Parse(compact);
  if (!token) return;
  Require(!token->kid().empty());
  Require(!VerifiedToken::Verify(std::move(token).value(), Key()));
}

class Accepting final : public MemberVisitor {
 public:
  bool OnString(std::string_view, std::string_view) override { return true; }
  bool OnInteger(std::string_view, int64_t) override { return true; }
  bool OnOther(std::string_view) override { return true; }
};

void Json(std::string_view text) {
  Accepting visitor;
  if (VisitObject(text, visitor)) return;
  const boost::json::value value =
      boost::json::parse(boost::json::string_view(text.data(), text.size()));
  for (const auto& member : value.as_object()) {
    const auto claim = FindClaim(text, {member.key().data(), member.key().size()});
    Require(claim.has_value() != member.value().is_null());
    if (member.value().is_string()) Require(*claim == member.value().as_string());
    if (member.value().is_structured()) {
      Require(boost::json::parse(*claim) == member.value());
    }
  }
}

}  // namespace
}  // namespace sallyport::jose

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace sallyport;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  jose::Compact(text);
  jose::Json(text);
  // The same bytes as a header, in a token that is otherwise sound.
  jose::Compact(base::Base64UrlEncode(base::AsBytes(text)) + ".e30." + std::string(342, 'A'));
  (void)jose::PublicKey::FromJwk(text, nullptr);
  return 0;
}
