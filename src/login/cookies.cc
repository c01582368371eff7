#include "login/cookies.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>

#include "base/encoding.h"
#include "base/random.h"
#include "base/secret.h"
#include "codec/cookies.h"
#include "domain/keys/vault.h"
#include "store/store.h"

namespace sallyport::login {
namespace {

constexpr std::string_view kSession = "sallyport";
constexpr std::string_view kForms = "sallyport-forms";
constexpr size_t kFormsBytes = 32;
constexpr size_t kFormsText = 43;

bool IsSecure(const domain::Services& services) {
  return services.settings.public_url.starts_with("https://");
}

std::string NameOf(const domain::Services& services, std::string_view kind,
                   std::string_view pool_id) {
  return fmt::format("{}{}-{}", IsSecure(services) ? "__Host-" : "", kind, pool_id);
}

std::string SetCookie(const domain::Services& services, const std::string& name,
                      std::string_view value, std::string_view life) {
  return fmt::format("{}={}; Path=/; HttpOnly; SameSite=Lax{}{}", name, value,
                     IsSecure(services) ? "; Secure" : "", life);
}

// The browser's cookie for forms; empty: it has sent none that could be this server's.
std::string_view FormsCookie(const domain::Services& services, const BrowserRequest& request,
                             std::string_view pool_id) {
  const auto value = codec::FindCookie(request.cookies, NameOf(services, kForms, pool_id));
  const bool ours = value && value->size() == kFormsText && base::Base64UrlDecode(*value);
  return ours ? *value : std::string_view();
}

std::string TokenFor(const domain::Services& services, std::string_view pool_id,
                     std::string_view cookie) {
  return base::Base64UrlEncode(
      base::AsBytes(services.vault.Mac("sign-in form", fmt::format("{}/{}", pool_id, cookie))));
}

std::string MarkMadeAt(const domain::Services& services, const domain::BrowserSession& session,
                       std::string_view asked, int64_t seconds) {
  const std::string mac = services.vault.Mac(
      "what who is signed in allows", fmt::format("{}/{}/{}/{}/{}", session.pool_id, session.id,
                                                  session.secret_hash, seconds, asked));
  return fmt::format("{}.{}", seconds, base::Base64UrlEncode(base::AsBytes(mac)));
}

}  // namespace

std::optional<domain::BrowserCookie> SessionCookie(const domain::Services& services,
                                                   const BrowserRequest& request,
                                                   std::string_view pool_id) {
  const auto value = codec::FindCookie(request.cookies, NameOf(services, kSession, pool_id));
  return value ? domain::ParseBrowserCookie(*value) : std::nullopt;
}

base::Result<std::optional<domain::ProvenBrowserSession>> PresentedSession(
    const domain::Services& services, const BrowserRequest& request, const std::string& pool_id) {
  const auto cookie = SessionCookie(services, request, pool_id);
  if (!cookie) return std::optional<domain::ProvenBrowserSession>();
  SALLYPORT_ASSIGN(const auto reader, services.store.Snapshot());
  return domain::FindBrowserSession(*reader, services, pool_id, *cookie);
}

std::string SetSessionCookie(const domain::Services& services, std::string_view pool_id,
                             std::string_view value) {
  // 400 days; browsers keep no cookie for longer (RFC 6265bis section 5.5).
  return SetCookie(services, NameOf(services, kSession, pool_id), value, "; Max-Age=34560000");
}

std::string ClearSessionCookie(const domain::Services& services, std::string_view pool_id) {
  return SetCookie(services, NameOf(services, kSession, pool_id), "", "; Max-Age=0");
}

FormToken MakeFormToken(const domain::Services& services, const BrowserRequest& request,
                        std::string_view pool_id) {
  const std::string_view present = FormsCookie(services, request, pool_id);
  if (!present.empty()) return {TokenFor(services, pool_id, present), {}};
  std::array<uint8_t, kFormsBytes> bytes{};
  base::RandomBytes(bytes);
  const std::string made = base::Base64UrlEncode(bytes);
  // The cookie lives until the browser is closed, so that a form can be sent hours later.
  return {TokenFor(services, pool_id, made),
          SetCookie(services, NameOf(services, kForms, pool_id), made, "")};
}

std::string SessionMark(const domain::Services& services, const domain::BrowserSession& session,
                        std::string_view asked) {
  return MarkMadeAt(services, session, asked, services.clock.WallSeconds());
}

std::optional<int64_t> AgeOfMark(const domain::Services& services,
                                 const domain::BrowserSession& session, std::string_view asked,
                                 std::string_view mark) {
  const std::string_view made = mark.substr(0, mark.find('.'));
  int64_t seconds = 0;
  const char* const end = made.data() + made.size();
  const auto [read, fault] = std::from_chars(made.data(), end, seconds);
  if (fault != std::errc() || read != end) return std::nullopt;
  if (!base::ConstantTimeEqual(MarkMadeAt(services, session, asked, seconds), mark)) {
    return std::nullopt;
  }
  return services.clock.WallSeconds() - seconds;
}

bool IsFormToken(const domain::Services& services, const BrowserRequest& request,
                 std::string_view pool_id, std::string_view text) {
  const std::string_view present = FormsCookie(services, request, pool_id);
  return !present.empty() && base::ConstantTimeEqual(TokenFor(services, pool_id, present), text);
}

}  // namespace sallyport::login
