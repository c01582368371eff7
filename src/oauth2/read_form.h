// The form that an endpoint's request carries.
#pragma once

#include "base/result.h"
#include "codec/form.h"
#include "oauth2/endpoint.h"

namespace sallyport::oauth2 {

// invalid_request, in words, where the body cannot be read as a form (codec/form.h).
base::Result<codec::Form> ReadForm(const EndpointRequest& request);

}  // namespace sallyport::oauth2
