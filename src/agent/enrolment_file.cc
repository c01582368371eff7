#include "agent/enrolment_file.h"

#include "base/regular_file.h"

namespace sallyport::agent {

base::Result<channel::Enrolment> ReadEnrolment(const std::string& path) {
  const auto refused = [](const std::string& why) {
    return base::Error{"invalid_option", "enrolment file " + why, ""};
  };
  const auto text = base::ReadPrivateFile(path, channel::kGreatestEnrolmentBytes);
  if (!text) return refused(text.error().message);
  auto enrolment = channel::ParseEnrolment(text->Reveal());
  if (!enrolment) return refused(path + ": " + enrolment.error().message);
  return enrolment;
}

}  // namespace sallyport::agent
