// What a JWT says whose signature was not checked. Use it only where it does no harm if the text
// was made up by anybody.
#pragma once

#include <boost/json/object.hpp>
#include <string_view>

namespace sallyport::oauth2 {

// Its payload; empty: the text is not a JWT, or its payload is not a JSON object.
boost::json::object UnverifiedPayload(std::string_view jwt);

}  // namespace sallyport::oauth2
