#include "guide_proxies.h"

#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <utility>

namespace sallyport::history {
namespace {

namespace fs = std::filesystem;

std::string ReadText(const std::string& path) {
  std::ostringstream text;
  text << std::ifstream(path).rdbuf();
  return text.str();
}

// The first block in that language of the guide, or the one after so many others.
std::string Block(const std::string& guide, const std::string& language, int skipped = 0) {
  const std::string text = "\n" + ReadText(SALLYPORT_SOURCE "/docs/guide/proxies/" + guide + ".md");
  const std::string begin = "\n```" + language + "\n";
  size_t at = text.find(begin);
  for (; skipped > 0 && at != text.npos; --skipped) at = text.find(begin, at + 1);
  if (at == text.npos) return {};
  at += begin.size();
  return text.substr(at, text.find("\n```", at) + 1 - at);
}

std::string Replaced(std::string text,
                     const std::vector<std::pair<std::string, std::string>>& replacements) {
  for (const auto& [from, to] : replacements) {
    for (size_t at = 0; (at = text.find(from, at)) != text.npos; at += to.size()) {
      text.replace(at, from.size(), to);
    }
  }
  return text;
}

// The guide's text with the addresses of this place.
std::string Fill(const ProxyPlace& place, const std::string& text) {
  const std::string port = std::to_string(place.port);
  const std::string agent = std::to_string(place.agent_port);
  const std::string upstream = std::to_string(place.upstream_port);
  return Replaced(text, {{"127.0.0.1:8080", "127.0.0.1:" + port},
                         {"http://:8080 ", "http://:" + port + " "},
                         {"port_value: 8080 ", "port_value: " + port + " "},
                         {"127.0.0.1:9233", "127.0.0.1:" + agent},
                         {"\"127.0.0.1\", 9233", "\"127.0.0.1\", " + agent},
                         {"port_value: 9233 ", "port_value: " + agent + " "},
                         {"127.0.0.1:9235", "127.0.0.1:" + std::to_string(place.ask_port)},
                         {"127.0.0.1:8081", "127.0.0.1:" + upstream},
                         {"port_value: 8081 ", "port_value: " + upstream + " "},
                         {"/run/sallyport/authorize.socket", place.agent_socket},
                         {"/orders/", "/"},
                         {"500ms", "20s"},
                         {"timeout: 0.5s", "timeout: 20s"},
                         {"TIMEOUT = 500 ", "TIMEOUT = 20000 "},
                         {"TIMEOUT = 0.5 ", "TIMEOUT = 20 "}});
}

std::string Write(const ProxyPlace& place, const std::string& name, const std::string& text) {
  std::string path = place.directory + "/" + name;
  std::ofstream(path) << Fill(place, text);
  return path;
}

Command CommandOf(const ProxyPlace& place, std::vector<std::string> words) {
  Command command;
  command.words = std::move(words);
  command.environment = {{"HOME", place.directory},
                         {"XDG_DATA_HOME", place.directory},
                         {"XDG_CONFIG_HOME", place.directory}};
  command.log = place.directory + "/proxy.log";
  return command;
}

Command Nginx(const ProxyPlace& place) {
  std::string text = geteuid() == 0 ? "user root;\n" : "";
  text +=
      "daemon off;\nworker_processes 1;\npid nginx.pid;\nevents {}\nhttp {\n  access_log off;\n";
  for (const std::string kind : {"client_body", "proxy", "fastcgi", "uwsgi", "scgi"}) {
    text += "  " + kind + "_temp_path tmp_" + kind + ";\n";
  }
  const std::string path = Write(place, "nginx.conf", text + Block("nginx", "nginx") + "}\n");
  return CommandOf(place, {"nginx", "-p", place.directory, "-c", path, "-e", "stderr"});
}

Command Envoy(const ProxyPlace& place) {
  return CommandOf(place,
                   {FindProgram("envoy"), "-c", Write(place, "envoy.yaml", Block("envoy", "yaml")),
                    "--concurrency", "1", "--disable-hot-restart", "--log-level", "warning"});
}

Command Haproxy(const ProxyPlace& place) {
  const std::string script = Write(place, "sallyport.lua", Block("haproxy", "lua"));
  const std::string text =
      Replaced(Block("haproxy", "haproxy"), {{"/etc/haproxy/sallyport.lua", script}});
  return CommandOf(place, {FindProgram("haproxy"), "-db", "-f", Write(place, "haproxy.cfg", text)});
}

Command Traefik(const ProxyPlace& place) {
  const std::string dynamic = Write(place, "dynamic.yml", Block("traefik", "yaml", 1));
  const std::string text =
      Replaced(Block("traefik", "yaml"), {{"/etc/traefik/dynamic.yml", dynamic}});
  return CommandOf(place,
                   {FindProgram("traefik"), "--configFile=" + Write(place, "traefik.yml", text)});
}

Command Caddy(const ProxyPlace& place) {
  return CommandOf(place, {FindProgram("caddy"), "run", "--adapter", "caddyfile", "--config",
                           Write(place, "Caddyfile", Block("caddy", "caddy"))});
}

Command Apache(const ProxyPlace& place) {
  std::string text;
  for (const std::string module :
       {"mpm_event", "authz_core", "lua", "proxy", "proxy_http", "proxy_wstunnel", "headers"}) {
    text += "LoadModule " + module + "_module /usr/lib/apache2/modules/mod_" + module + ".so\n";
  }
  text += "ServerRoot " + place.directory + "\nServerName gate\nPidFile " + place.directory +
          "/pid\nErrorLog /dev/stderr\nDefaultRuntimeDir " + place.directory +
          "\nStartServers 1\nThreadsPerChild 25\n";
  if (geteuid() == 0) text += "User www-data\nGroup www-data\n";
  const std::string script = Write(place, "sallyport.lua", Block("apache", "lua"));
  text += Replaced(Block("apache", "apache"), {{"/etc/apache2/sallyport.lua", script}});
  return CommandOf(
      place, {FindProgram("apache2"), "-DFOREGROUND", "-f", Write(place, "apache.conf", text)});
}

}  // namespace

std::vector<GuideProxy> GuideProxies() {
  return {{"nginx", &Nginx},     {"envoy", &Envoy}, {"haproxy", &Haproxy},
          {"traefik", &Traefik}, {"caddy", &Caddy}, {"apache", &Apache}};
}

// What Debian and what packaging/python-environment installs.
std::string FindProgram(const std::string& name) {
  const std::string program = name == "apache" ? "apache2" : name;
  const char* const proxies = std::getenv("SALLYPORT_PROXIES");
  for (const std::string directory :
       {proxies ? proxies : SALLYPORT_SOURCE "/.venv/bin", "/usr/sbin", "/usr/bin"}) {
    if (std::string path = directory + "/" + program; fs::exists(path)) return path;
  }
  return {};
}

}  // namespace sallyport::history
