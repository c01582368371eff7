#include "login/pages.h"

#include <fmt/format.h>
#include <openssl/sha.h>

#include <algorithm>
#include <array>

#include "base/encoding.h"
#include "base/text.h"
#include "domain/tokens/scope.h"
#include "login/embedded.h"
#include "login/refusals.h"
#include "pages/page.h"

namespace sallyport::login {
namespace {

constexpr std::string_view kHtml = "text/html; charset=utf-8";
// Its path relative to a page's.
constexpr std::string_view kFormScript = "login/form.js";

std::string Upper(std::string_view word) {
  std::string upper(word);
  for (char& c : upper) {
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  }
  return upper;
}

// Makes a template from the part of a page that stands between the top and the bottom of all pages.
// A comment in it stands for the beginning of those forms that ask for a name.
pages::PageTemplate Around(std::string_view page) {
  constexpr std::string_view kFormTop = "{{!form_top.html}}\n";
  std::string middle(page);
  if (const size_t at = middle.find(kFormTop); at != std::string::npos) {
    middle.replace(at, kFormTop.size(), embedded::kFormTopHtml);
  }
  return pages::PageTemplate(fmt::format("{}<style>{}</style>\n</head>\n<body>\n<main>\n{}{}",
                                         embedded::kTopHtml, embedded::kStyleCss, middle,
                                         embedded::kBottomHtml));
}

// The template of each page, parsed once.
struct Templates {
  static const Templates& Get() {
    static const Templates templates;
    return templates;
  }

  const pages::PageTemplate sign_in = Around(embedded::kSignInHtml);
  const pages::PageTemplate new_password = Around(embedded::kNewPasswordHtml);
  const pages::PageTemplate sign_up = Around(embedded::kSignUpHtml);
  const pages::PageTemplate confirm = Around(embedded::kConfirmHtml);
  const pages::PageTemplate forgot_password = Around(embedded::kForgotPasswordHtml);
  const pages::PageTemplate reset_password = Around(embedded::kResetPasswordHtml);
  const pages::PageTemplate choose_account = Around(embedded::kChooseAccountHtml);
  const pages::PageTemplate consent = Around(embedded::kConsentHtml);
  const pages::PageTemplate error = Around(embedded::kErrorHtml);
  const pages::PageTemplate signed_out = Around(embedded::kSignedOutHtml);
  const pages::PageTemplate form_post = Around(embedded::kFormPostHtml);
  // The hash by which the policy allows the style sheet of each page, as it stands in a page.
  const std::string style_hash = HashOfStyle(signed_out.Fill(pages::Values()));

 private:
  static std::string HashOfStyle(const std::string& page) {
    constexpr std::string_view kBegin = "<style>";
    const size_t begin = page.find(kBegin) + kBegin.size();
    const std::string style = page.substr(begin, page.find("</style>") - begin);
    std::array<uint8_t, SHA256_DIGEST_LENGTH> hash{};
    SHA256(reinterpret_cast<const uint8_t*>(style.data()), style.size(), hash.data());
    return base::Base64Encode(hash);
  }
};

// The values of one page; words are there from the beginning.
class PageValues {
 public:
  PageValues(const Language& language, std::string_view title_word) {
    Set("LANGUAGE", language.tag());
    Set("DIRECTION", language.right_to_left() ? "rtl" : "ltr");
    Set("TITLE", language.Text(title_word));
    for (const auto& [word, text] : language.words()) Set(("W_" + Upper(word)).c_str(), text);
  }

  void Set(const char* name, std::string_view value) { values_.Set(name, value); }
  void Show(const char* section) { values_.Add(section); }
  // Shows a section that may occur several times once more.
  void Add(const char* section,
           const std::vector<std::pair<const char*, std::string_view>>& values) {
    pages::Values one = values_.Add(section);
    for (const auto& [name, value] : values) one.Set(name, value);
  }

  const pages::Values& get() const { return values_; }

 private:
  pages::Values values_;
};

// The form-action of a form whose answer redirects to the client. Browsers apply it to every
// redirection that follows, also to the client's own ones, which may lead anywhere. So it allows
// https, and http or the app's scheme if the client's URL has that.
std::string Onward(std::string_view client_url) {
  const std::string scheme = base::LowerCase(client_url.substr(0, client_url.find(':')));
  const bool plain = std::all_of(scheme.begin(), scheme.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '+' || c == '-' || c == '.';
  });
  if (scheme == "https" || scheme.empty() || !plain) return "https:";
  return fmt::format("https: {}:", scheme);
}

// `forms`: to where forms may be sent and redirected.
std::string Policy(std::string_view forms, bool script) {
  return fmt::format(
      "default-src 'none'; style-src 'sha256-{}';{} form-action {}; base-uri 'none'; "
      "frame-ancestors 'none'",
      Templates::Get().style_hash, script ? " script-src 'self';" : "", forms);
}

BrowserResponse Whole(const pages::PageTemplate& page, const PageValues& values,
                      std::string policy) {
  BrowserResponse response(store::Wait::NothingRevoked());
  response.status = 200;
  response.content_type = kHtml;
  response.body = page.Fill(values.get());
  response.security_policy = std::move(policy);
  return response;
}

std::string_view NameWord(const domain::Pool& pool) {
  const domain::AttributeSet& names = pool.settings.username_attributes;
  if (names.email && names.phone_number) return "name_either";
  if (names.email) return "name_email";
  return names.phone_number ? "name_phone" : "name";
}

// HTML's word for the keyboard that a phone shows for an attribute.
std::string_view ModeOf(std::string_view attribute) {
  if (attribute == "email") return "email";
  if (attribute == "phone_number") return "tel";
  const bool is_url = attribute == "website" || attribute == "picture" || attribute == "profile";
  return is_url ? "url" : "text";
}

void SetForm(PageValues& values, const FormPage& page) {
  values.Set("ACTION", page.action);
  values.Set("FORM_SCRIPT", kFormScript);
  values.Set("CSRF", page.token);
  values.Set("NAME", page.name);
  values.Set("NAME_LABEL", NameLabel(page.language, page.pool));
  const domain::AttributeSet& names = page.pool.settings.username_attributes;
  values.Set("NAME_MODE", ModeOf(names.email ? "email" : names.phone_number ? "phone_number" : ""));
  values.Show(page.name.empty() ? "FOCUS_NAME" : "FOCUS_PASSWORD");
  values.Set("RULES", PasswordRules(page.language, page.pool.settings.password));
  values.Set("SIGN_IN_PATH", page.sign_in);
  values.Set("SIGN_UP_PATH", page.sign_up);
  values.Set("CONFIRM_PATH", page.confirm);
  values.Set("FORGOT_PATH", page.forgot_password);
  values.Set("RESEND_PATH", page.resend);
  if (page.notice) {
    values.Set("NOTICE_TEXT", page.language.Text(*page.notice));
    values.Show("NOTICE");
  }
  if (!page.destination.empty()) {
    values.Set("DESTINATION_TEXT", page.destination);
    values.Show("DESTINATION");
  }
  if (!page.alert) return;
  std::string text(page.language.Text(*page.alert));
  if (!page.detail.empty()) text.append(" ").append(page.detail);
  values.Set("ALERT_TEXT", text);
  values.Show("ALERT");
}

// HTML's autofill word for an attribute.
std::string_view FillOf(std::string_view attribute) {
  constexpr std::array<std::pair<std::string_view, std::string_view>, 8> kFills{
      {{"email", "email"},
       {"phone_number", "tel"},
       {"name", "name"},
       {"given_name", "given-name"},
       {"family_name", "family-name"},
       {"nickname", "nickname"},
       {"birthdate", "bday"},
       {"website", "url"}}};
  for (const auto& [name, fill] : kFills) {
    if (name == attribute) return fill;
  }
  return "off";
}

void AddAttribute(PageValues& values, const Language& language, const std::string& name,
                  const domain::Attributes& given) {
  const auto present = given.find(name);
  const std::string field = "attribute." + name;
  std::string id = field;
  std::replace_if(
      id.begin(), id.end(), [](char c) { return c == ':' || c == '.'; }, '-');
  values.Add("MISSING", {{"ATTRIBUTE", std::string(language.AttributeLabel(name))},
                         {"ATTRIBUTE_ID", id},
                         {"ATTRIBUTE_FIELD", field},
                         {"ATTRIBUTE_FILL", FillOf(name)},
                         {"ATTRIBUTE_MODE", ModeOf(name)},
                         {"ATTRIBUTE_VALUE", present != given.end() ? present->second : ""}});
}

std::string FormPolicy(const FormPage& page) {
  return Policy("'self' " + Onward(page.answer_to), /*script=*/true);
}

}  // namespace

std::vector<std::string> AskedAtSignUp(const domain::Pool& pool) {
  const domain::PoolSettings& settings = pool.settings;
  std::vector<std::string> asked;
  for (const domain::SchemaAttribute& attribute : settings.schema) {
    const std::string& name = attribute.name;
    // If addresses are usernames, they are typed into the name's field.
    if (name == "sub" || settings.username_attributes.Has(name)) continue;
    const bool is_sent_code =
        settings.auto_verified.Has(name) && settings.username_attributes.none();
    if (attribute.required || is_sent_code) asked.push_back(name);
  }
  return asked;
}

std::string_view NameLabel(const Language& language, const domain::Pool& pool) {
  return language.Text(NameWord(pool));
}

BrowserResponse SignInPage(const FormPage& page) {
  PageValues values(page.language, "sign_in_title");
  SetForm(values, page);
  const domain::PoolSettings& settings = page.pool.settings;
  const bool recovers = settings.RecoversByCode();
  const bool signs_up = !settings.only_administrators_create_users;
  if (recovers) values.Show("FORGOT");
  if (signs_up) values.Show("SIGN_UP");
  if (recovers || signs_up) values.Show("LINKS");
  return Whole(Templates::Get().sign_in, values, FormPolicy(page));
}

BrowserResponse SignUpPage(const FormPage& page, const domain::Attributes& given) {
  PageValues values(page.language, "sign_up_title");
  SetForm(values, page);
  for (const std::string& name : AskedAtSignUp(page.pool))
    AddAttribute(values, page.language, name, given);
  return Whole(Templates::Get().sign_up, values, FormPolicy(page));
}

BrowserResponse ConfirmPage(const FormPage& page) {
  PageValues values(page.language, "confirm_title");
  SetForm(values, page);
  return Whole(Templates::Get().confirm, values, FormPolicy(page));
}

BrowserResponse ForgotPasswordPage(const FormPage& page) {
  PageValues values(page.language, "forgot_title");
  SetForm(values, page);
  return Whole(Templates::Get().forgot_password, values, FormPolicy(page));
}

BrowserResponse ResetPasswordPage(const FormPage& page) {
  PageValues values(page.language, "reset_title");
  SetForm(values, page);
  return Whole(Templates::Get().reset_password, values, FormPolicy(page));
}

BrowserResponse NewPasswordPage(const FormPage& page, std::string_view session,
                                const std::vector<std::string>& missing,
                                const domain::Attributes& given) {
  PageValues values(page.language, "new_password_title");
  SetForm(values, page);
  values.Set("SESSION", session);
  for (const std::string& name : missing) AddAttribute(values, page.language, name, given);
  return Whole(Templates::Get().new_password, values, FormPolicy(page));
}

BrowserResponse ChooseAccountPage(const SignedInPage& page, std::string_view other) {
  PageValues values(page.form.language, "choose_title");
  SetForm(values, page.form);
  values.Set("MARK", page.mark);
  values.Set("OTHER_PATH", other);
  return Whole(Templates::Get().choose_account, values, FormPolicy(page.form));
}

BrowserResponse ConsentPage(const SignedInPage& page, std::string_view app,
                            const std::vector<std::string>& scopes) {
  PageValues values(page.form.language, "consent_title");
  SetForm(values, page.form);
  values.Set("MARK", page.mark);
  values.Set("APP", app);
  for (const std::string& scope : scopes) values.Add("SCOPE", {{"SCOPE_TEXT", scope}});
  return Whole(Templates::Get().consent, values, FormPolicy(page.form));
}

std::string_view ScopeText(const Language& language, std::string_view scope) {
  constexpr std::array<std::pair<std::string_view, std::string_view>, 6> kWords{
      {{"openid", "scope_openid"},
       {"email", "scope_email"},
       {"phone", "scope_phone"},
       {"profile", "scope_profile"},
       {domain::kAddressScope, "scope_address"},
       {domain::kApiScope, "scope_admin"}}};
  for (const auto& [name, word] : kWords) {
    if (name == scope) return language.Text(word);
  }
  return {};
}

BrowserResponse ErrorPage(const Language& language, int status, Alert alert,
                          std::string_view detail, std::string_view sign_out) {
  PageValues values(language, "error_title");
  values.Set("ALERT_TEXT", language.Text(alert));
  if (!detail.empty()) {
    values.Set("DETAIL_TEXT", detail);
    values.Show("DETAIL");
  }
  if (!sign_out.empty()) {
    values.Set("SIGN_OUT_PATH", sign_out);
    values.Show("SIGN_OUT");
  }
  BrowserResponse response =
      Whole(Templates::Get().error, values, Policy("'none'", /*script=*/false));
  response.status = status;
  return response;
}

BrowserResponse SignedOutPage(const Language& language) {
  const PageValues values(language, "signed_out_title");
  return Whole(Templates::Get().signed_out, values, Policy("'none'", /*script=*/false));
}

BrowserResponse FormPostPage(const Language& language, const oauth2::ClientAnswer& answer,
                             std::string_view script) {
  PageValues values(language, "continue_title");
  values.Set("SCRIPT", script);
  values.Set("ACTION", answer.redirect_uri);
  for (const auto& [name, value] : answer.parameters) {
    values.Add("FIELD", {{"FIELD_NAME", name}, {"FIELD_VALUE", value}});
  }
  return Whole(Templates::Get().form_post, values,
               Policy(Onward(answer.redirect_uri), /*script=*/true));
}

}  // namespace sallyport::login
