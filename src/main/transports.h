// Makes the transports for mail and SMS from the settings.
#pragma once

#include <memory>

#include "base/clock.h"
#include "base/result.h"
#include "delivery/courier.h"
#include "delivery/encryption_sdk.h"
#include "main/serve_settings.h"

namespace sallyport::main {

// Reads the files with secrets that the settings name. An error is one line for the operator.
base::Result<delivery::Transports> MakeTransports(const ServeSettings& settings,
                                                  const base::Clock& clock);
// The same for the KMS; nullptr where none is configured.
base::Result<std::unique_ptr<const delivery::DataKeys>> MakeKms(const ServeSettings& settings);

}  // namespace sallyport::main
