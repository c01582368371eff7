#include "login/words.h"

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

#include "base/text.h"
#include "login/embedded.h"

namespace sallyport::login {
namespace {

constexpr std::array<std::pair<Alert, std::string_view>, 22> kAlertWords{
    {{Alert::kWrong, "alert_wrong"},
     {Alert::kLockedOut, "alert_locked_out"},
     {Alert::kAgain, "alert_again"},
     {Alert::kFormOld, "alert_form_old"},
     {Alert::kDisabled, "alert_disabled"},
     {Alert::kNotConfirmed, "alert_not_confirmed"},
     {Alert::kResetRequired, "alert_reset_required"},
     {Alert::kNoSecondFactor, "alert_no_second_factor"},
     {Alert::kExpiredPassword, "alert_expired_password"},
     {Alert::kPasswordsDiffer, "alert_passwords_differ"},
     {Alert::kIncomplete, "alert_incomplete"},
     {Alert::kUnacceptable, "alert_unacceptable"},
     {Alert::kWrongCode, "alert_wrong_code"},
     {Alert::kNotTaken, "alert_not_taken"},
     {Alert::kNoSignUp, "alert_no_sign_up"},
     {Alert::kNoRecovery, "alert_no_recovery"},
     {Alert::kRefused, "alert_refused"},
     {Alert::kTooMany, "alert_too_many"},
     {Alert::kFull, "alert_full"},
     {Alert::kFailed, "alert_failed"},
     {Alert::kRequest, "alert_request"},
     {Alert::kSignOutRequest, "alert_sign_out_request"}}};

constexpr std::array<std::pair<Notice, std::string_view>, 4> kNoticeWords{
    {{Notice::kCodeSent, "notice_code_sent"},
     {Notice::kCodeMaybeSent, "notice_code_maybe_sent"},
     {Notice::kConfirmed, "notice_confirmed"},
     {Notice::kPasswordChanged, "notice_password_changed"}}};

std::vector<Language> ReadLanguages() {
  std::vector<Language> languages;
  languages.emplace_back("en", embedded::kEnTxt);
  languages.emplace_back("de", embedded::kDeTxt);
  return languages;
}

// Finds a language by the first part of the tag: "de-AT" is "de". nullptr: there is none.
const Language* Find(std::string_view tag) {
  const std::string primary = base::LowerCase(tag.substr(0, tag.find_first_of("-_")));
  for (const Language& language : Language::All()) {
    if (language.tag() == primary) return &language;
  }
  return nullptr;
}

// Takes the text before the first of `separators` off `list`.
std::string_view Take(std::string_view& list, std::string_view separators) {
  const size_t end = std::min(list.find_first_of(separators), list.size());
  const std::string_view first = list.substr(0, end);
  list.remove_prefix(std::min(end + 1, list.size()));
  return base::Trim(first);
}

// The weight of an item of Accept-Language in thousandths, of "q=0.8" for instance (RFC 9110,
// section 12.4.2). Without one, or with one that cannot be read, the item has the greatest.
int WeightOf(std::string_view parameter) {
  constexpr int kGreatest = 1000;
  parameter = base::Trim(parameter);
  if (!parameter.starts_with("q=0") && !parameter.starts_with("Q=0")) return kGreatest;
  parameter.remove_prefix(3);
  if (!parameter.starts_with('.')) return 0;
  parameter.remove_prefix(1);
  int weight = 0;
  for (int place = kGreatest / 10; place > 0 && !parameter.empty(); place /= 10) {
    const char digit = parameter.front();
    if (digit < '0' || digit > '9') return kGreatest;
    weight += place * (digit - '0');
    parameter.remove_prefix(1);
  }
  return weight;
}

}  // namespace

std::span<const Language> Language::All() {
  static const std::vector<Language> kLanguages = ReadLanguages();
  return kLanguages;
}

const Language& Language::Choose(std::string_view wanted, std::string_view accept_language) {
  while (!wanted.empty()) {
    if (const Language* language = Find(Take(wanted, " "))) return *language;
  }
  const Language* best = nullptr;
  int greatest = 0;
  while (!accept_language.empty()) {
    std::string_view item = Take(accept_language, ",");
    const Language* language = Find(Take(item, ";"));
    const int weight = WeightOf(item);
    if (language == nullptr || weight <= greatest) continue;
    best = language;
    greatest = weight;
  }
  if (best != nullptr) return *best;
  const Language* english = Find("en");
  return english != nullptr ? *english : All().front();
}

bool Language::right_to_left() const {
  constexpr std::array<std::string_view, 4> kFromTheRight{"ar", "fa", "he", "ur"};
  return std::find(kFromTheRight.begin(), kFromTheRight.end(), tag_) != kFromTheRight.end();
}

std::string_view Language::Text(Alert alert) const {
  for (const auto& [known, word] : kAlertWords) {
    if (known == alert) return Text(word);
  }
  return {};
}

std::string_view Language::Text(Notice notice) const {
  for (const auto& [known, word] : kNoticeWords) {
    if (known == notice) return Text(word);
  }
  return {};
}

std::string_view Language::Text(std::string_view word) const {
  const auto found = words_.find(word);
  return found != words_.end() ? std::string_view(found->second) : std::string_view();
}

std::string_view Language::AttributeLabel(std::string_view name) const {
  constexpr std::string_view kCustom = "custom:";
  const std::string_view known = Text("attribute_" + std::string(name));
  if (!known.empty()) return known;
  return name.starts_with(kCustom) ? name.substr(kCustom.size()) : name;
}

Language::Language(std::string_view tag, std::string_view file) : tag_(tag) {
  while (!file.empty()) {
    const std::string_view line = Take(file, "\n");
    const size_t equals = line.find(" = ");
    if (line.starts_with('#') || equals == std::string_view::npos) continue;
    words_.emplace(line.substr(0, equals), line.substr(equals + 3));
  }
}

}  // namespace sallyport::login
