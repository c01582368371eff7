// ErrorInto: a completion token for coroutines that stores an operation's error in a variable.
#pragma once

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/system/error_code.hpp>

namespace sallyport::http {

inline auto ErrorInto(boost::system::error_code& error) {
  return boost::asio::redirect_error(boost::asio::use_awaitable, error);
}

}  // namespace sallyport::http
