// Reads the form in a request to an endpoint.
#pragma once

#include <string_view>

#include "base/result.h"
#include "codec/form.h"
#include "oauth2/endpoint.h"

namespace sallyport::oauth2 {

// invalid_request, with an explanation, where the body cannot be read as a form (codec/form.h).
base::Result<codec::Form> ReadForm(const EndpointRequest& request);
base::Result<codec::Form> ReadForm(std::string_view content_type, std::string_view body);

}  // namespace sallyport::oauth2
