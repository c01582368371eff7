// Makes the transports by which functions are called from the settings.
#pragma once

#include <boost/asio/io_context.hpp>
#include <memory>
#include <string>

#include "base/clock.h"
#include "base/result.h"
#include "hooks/configured_hooks.h"
#include "http/metrics.h"
#include "main/serve_settings.h"

namespace sallyport::main {

// Reads the files with secrets, binds the addresses of the Runtime API, and serves there as soon as
// `context` runs. All arguments must outlive the result. An error is one line for the operator.
base::Result<std::unique_ptr<hooks::ConfiguredHooks>> MakeHooks(const ServeSettings& settings,
                                                                boost::asio::io_context& context,
                                                                const base::Clock& clock,
                                                                http::Metrics& metrics);

// The configured rows, with the addresses that were bound, as JSON: {"hooks": [{"function", "way",
// "runtimes"}]}. Thread-safe.
std::string DescribeHooks(const hooks::ConfiguredHooks& hooks);

}  // namespace sallyport::main
