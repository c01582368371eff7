// The file that enrols an agent, or a sink, with a server.
#pragma once

#include <string>

#include "base/result.h"
#include "channel/enrolment.h"

namespace sallyport::agent {

// Reads the file, which nobody but its owner may have access to. An error's message is one line for
// the operator.
base::Result<channel::Enrolment> ReadEnrolment(const std::string& path);

}  // namespace sallyport::agent
