// What a JWT says whose signature is not checked: only for what may depend on anybody's word.
#pragma once

#include <boost/json/object.hpp>
#include <string_view>

namespace sallyport::oauth2 {

// Its payload; empty: the text is no JWT, or its payload is no JSON object.
boost::json::object UnverifiedPayload(std::string_view jwt);

}  // namespace sallyport::oauth2
