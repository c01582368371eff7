// From settings to the transports of mail and SMS.
#pragma once

#include <memory>

#include "base/clock.h"
#include "base/result.h"
#include "delivery/courier.h"
#include "delivery/encryption_sdk.h"
#include "main/serve_settings.h"

namespace sallyport::main {

// Reads the files of secrets that the settings name. Errors are one line for the operator.
base::Result<delivery::Transports> MakeTransports(const ServeSettings& settings,
                                                  const base::Clock& clock);
// The same for the KMS; nullptr where there is none.
base::Result<std::unique_ptr<const delivery::DataKeys>> MakeKms(const ServeSettings& settings);

}  // namespace sallyport::main
