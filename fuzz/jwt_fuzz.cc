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

// What VisitObject says about the members, in which the general parser and the plain one must
// agree.
class Telling final : public MemberVisitor {
 public:
  bool OnString(std::string_view name, std::string_view value) override {
    return Tell('s', name, value);
  }
  bool OnInteger(std::string_view name, int64_t value) override {
    return Tell('i', name, std::to_string(value));
  }
  bool OnOther(std::string_view name) override { return Tell('o', name, ""); }
  std::string told;

 private:
  bool Tell(char kind, std::string_view name, std::string_view value) {
    told += kind;
    told += std::to_string(name.size()) + ':' + std::to_string(value.size()) + ':';
    told.append(name).append(value);
    return name != "refused";
  }
};

void BothParsers(std::string_view text) {
  Telling one, general;
  const char* const why = VisitObject(text, one);
  const char* const why_generally = VisitAnyObject(text, general);
  Require((why == nullptr) == (why_generally == nullptr));
  if (!why) Require(one.told == general.told);
  if (why) Require(std::string_view(why) == why_generally);
}

// With a header that was seen before, a token is read as without.
void SeenHeader(std::string_view compact) {
  static SeenHeaders seen;
  const auto with = UnverifiedToken::Parse(compact, &seen);
  const auto without = UnverifiedToken::Parse(compact);
  Require(with.ok() == without.ok());
  if (with) Require(with->kid() == without->kid());
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
  jose::SeenHeader(text);
  jose::Json(text);
  jose::BothParsers(text);
  // The same bytes as a header, in a token that is otherwise sound.
  const std::string header = base::Base64UrlEncode(base::AsBytes(text)) + ".e30.";
  jose::Compact(header + std::string(342, 'A'));
  jose::SeenHeader(header + std::string(342, 'A'));
  (void)jose::PublicKey::FromJwk(text, nullptr);
  return 0;
}
