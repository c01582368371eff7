#include "nginx.h"

#include <unistd.h>

#include <fstream>
#include <string_view>

namespace sallyport::history {
namespace {

std::string Configuration(const NginxOptions& options) {
  std::string text =
      "load_module " + options.binaries +
      "/ngx_http_sallyport_module.so;\n"
      "daemon off;\nworker_processes 2;\npid nginx.pid;\nerror_log nginx.log warn;\n";
  if (geteuid() == 0) text += "user root;\n";
  for (const auto& [name, value] : options.environment) text += "env " + name + ";\n";
  text += "events { worker_connections 1024; }\nhttp {\n  access_log off;\n";
  for (const std::string_view kind : {"client_body", "proxy", "fastcgi", "uwsgi", "scgi"}) {
    text += "  " + std::string(kind) + "_temp_path tmp_" + std::string(kind) + ";\n";
  }
  text +=
      "  keepalive_requests 100000000;\n  keepalive_timeout 1h;\n"
      "  sallyport_replica " +
      options.directory +
      "/replica;\n"
      "  upstream api {\n    server 127.0.0.1:" +
      std::to_string(options.upstream_port) +
      ";\n"
      "    keepalive 64;\n    keepalive_requests 100000000;\n  }\n"
      "  server {\n    listen 127.0.0.1:" +
      std::to_string(options.port) +
      " reuseport;\n"
      "    sallyport on;\n    sallyport_stream_recheck " +
      std::to_string(options.stream_recheck / kMillisecond) + "ms;\n";
  text += "    sallyport_issuer";
  for (const std::string& issuer : options.issuers) text += " " + issuer;
  text += ";\n";
  const std::string scope = "sallyport_scope aws.cognito.signin.user.admin; ";
  const std::string pass = "proxy_pass http://api; proxy_http_version 1.1; ";
  const std::string plain = pass + "proxy_set_header Connection \"\"; ";
  const std::string upgrade =
      pass + "proxy_set_header Upgrade $http_upgrade; proxy_set_header Connection upgrade; ";
  text += "    location = /id { " + plain +
          "}\n"
          "    location = /access { " +
          scope + plain +
          "}\n"
          "    location = /stream { " +
          scope + upgrade + "}\n  }\n}\n";
  return text;
}

}  // namespace

Command NginxOf(const NginxOptions& options) {
  const std::string& directory = options.directory;
  std::ofstream(directory + "/nginx.conf") << Configuration(options);
  Command command;
  command.words = {
      "nginx", "-p", directory, "-c", directory + "/nginx.conf", "-e", directory + "/nginx.log"};
  command.environment = options.environment;
  command.log = directory + "/nginx.out";
  return command;
}

}  // namespace sallyport::history
