// The answers of the services that are asked about tokens. The first byte chooses the service, and
// the second one the status.
#include <cstdint>
#include <cstdlib>
#include <string>

#include "base/clock.h"
#include "inquiry/service.h"

namespace {

using namespace sallyport::inquiry;

const sallyport::base::ManualClock kClock;

std::unique_ptr<const Service> Make(unsigned which) {
  const GiveCredentials none = [] {
    return std::make_shared<const sallyport::outgoing::AwsCredentials>();
  };
  switch (which) {
    case 0:
      return MakeGetUser("http://localhost");
    case 1:
      return MakeIntrospection({"http://localhost", "c", {}}, kClock);
    case 2:
      return MakeBlocklist({"http://localhost", "r", "t", "id", "ttl", {"jti"}}, none, kClock);
    default:
      return MakeBlocklist({"http://localhost", "r", "t", "id", "", {"jti", "sub"}}, none, kClock);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static const std::unique_ptr<const Service> kServices[] = {Make(0), Make(1), Make(2), Make(3)};
  static const Subject kSubject{"t", "alice", "s", "j", "o", "e", "c", "i"};
  if (size < 2) return 0;
  const std::string body(reinterpret_cast<const char*>(data) + 2, size - 2);
  const long status = data[1] < 128 ? 200 : 400;
  const Said said = kServices[data[0] % 4]->Read(kSubject, status, body);
  // Nothing but success allows, and never an empty answer.
  if (said.answer == Answer::kActive && (status != 200 || body.empty())) std::abort();
  if (said.answer == Answer::kNone && said.cause.empty()) std::abort();
  return 0;
}
