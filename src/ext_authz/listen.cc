#include "ext_authz/listen.h"

#include <fmt/format.h>
#include <grp.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/system/error_code.hpp>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <string_view>
#include <utility>
#include <vector>

#include "base/error_codes.h"
#include "revocation/mapped_file.h"

namespace sallyport::ext_authz {
namespace {

namespace asio = boost::asio;
using boost::system::error_code;
using Protocol = asio::generic::stream_protocol;

constexpr std::string_view kUnix = "unix:";

base::Error CannotListen(const std::string& address, std::string_view why) {
  return {base::code::kInvalidSetting, fmt::format("authorize \"{}\": {}", address, why), ""};
}

// Binds and listens; between the two, `prepare` may set up what is bound, which nobody can reach
// yet.
template <typename Prepare>
base::Result<std::unique_ptr<Listener>> ListenAt(asio::io_context& io, const std::string& address,
                                                 const Protocol::endpoint& endpoint,
                                                 const std::string& path, Prepare prepare) {
  auto listener = std::make_unique<Listener>(io, path);
  Acceptor& acceptor = listener->acceptor;
  error_code error;
  acceptor.open(endpoint.protocol(), error);
  if (!error && path.empty()) acceptor.set_option(Acceptor::reuse_address(true), error);
  if (!error) acceptor.bind(endpoint, error);
  if (!error) {
    const std::string problem = prepare();
    if (!problem.empty()) return CannotListen(address, problem);
    acceptor.listen(asio::socket_base::max_listen_connections, error);
  }
  if (error) return CannotListen(address, error.message());
  return listener;
}

base::Result<std::unique_ptr<Listener>> ListenTcp(asio::io_context& io,
                                                  const std::string& address) {
  const size_t colon = address.rfind(':');
  if (colon == std::string::npos) {
    return CannotListen(address, "must be HOST:PORT, or unix:PATH");
  }
  std::string host = address.substr(0, colon);
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  uint16_t port = 0;
  const char* const end = address.data() + address.size();
  const auto [rest, failed] = std::from_chars(address.data() + colon + 1, end, port);
  error_code error;
  const auto ip = asio::ip::make_address(host, error);
  if (error || failed != std::errc() || rest != end || port == 0) {
    return CannotListen(address, "must be a numeric address with a port, or unix:PATH");
  }
  if (!ip.is_loopback()) {
    return CannotListen(address,
                        "must be a loopback address, since tokens are sent there in the clear; for "
                        "a proxy on another host, run an agent on that host");
  }
  return ListenAt(io, address, asio::ip::tcp::endpoint(ip, port), {}, [] { return std::string(); });
}

// Empty: nobody listens at `path`, and the name is free now.
std::string FreeName(const std::string& path) {
  struct stat status {};
  if (lstat(path.c_str(), &status) != 0) {
    return errno == ENOENT ? std::string() : std::strerror(errno);
  }
  if (!S_ISSOCK(status.st_mode)) return "something that is not a socket has this name";
  asio::io_context io;
  asio::local::stream_protocol::socket probe(io);
  error_code error;
  probe.connect(asio::local::stream_protocol::endpoint(path), error);
  if (!error) return "another program listens there";
  return unlink(path.c_str()) == 0 ? std::string() : std::strerror(errno);
}

// Empty: only the agent's user and that group may connect.
std::string AdmitGroup(const std::string& path, const std::string& group) {
  if (!group.empty()) {
    struct group entry {};
    struct group* found = nullptr;
    std::vector<char> buffer(64 * 1024);
    getgrnam_r(group.c_str(), &entry, buffer.data(), buffer.size(), &found);
    if (!found) return fmt::format("there is no group \"{}\"", group);
    if (chown(path.c_str(), static_cast<uid_t>(-1), found->gr_gid) != 0) {
      return fmt::format(
          "cannot be given to group \"{}\", of which the agent's user has to be a "
          "member: {}",
          group, std::strerror(errno));
    }
  }
  const mode_t mode = S_IRUSR | S_IWUSR | S_IRGRP | S_IWGRP;
  return chmod(path.c_str(), mode) == 0 ? std::string() : std::strerror(errno);
}

base::Result<std::unique_ptr<Listener>> ListenUnix(asio::io_context& io, const std::string& address,
                                                   const std::string& path,
                                                   const std::string& group) {
  if (path.empty() || path.size() >= sizeof(sockaddr_un::sun_path)) {
    return CannotListen(address, "must have a path of at most 107 bytes behind \"unix:\"");
  }
  // Whoever can put another socket in its place decides in the agent's name.
  const auto place = revocation::CheckDirectory(revocation::DirectoryOf(path), geteuid());
  if (!place) return CannotListen(address, place.error().cause);
  const std::string problem = FreeName(path);
  if (!problem.empty()) return CannotListen(address, problem);
  return ListenAt(io, address, asio::local::stream_protocol::endpoint(path), path,
                  [&] { return AdmitGroup(path, group); });
}

}  // namespace

Listener::~Listener() {
  if (!socket_path.empty()) unlink(socket_path.c_str());
}

base::Result<std::unique_ptr<Listener>> Listen(asio::io_context& io, const std::string& address,
                                               const std::string& group) {
  if (address.starts_with(kUnix)) {
    return ListenUnix(io, address, address.substr(kUnix.size()), group);
  }
  return ListenTcp(io, address);
}

}  // namespace sallyport::ext_authz
