#include "cli/commands/revoke.h"

#include <fmt/format.h>
#include <openssl/sha.h>

#include <algorithm>
#include <array>
#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>
#include <chrono>
#include <ctime>
#include <thread>

#include "base/encoding.h"
#include "base/error_codes.h"
#include "cli/account/files.h"
#include "cli/account/stored_session.h"
#include "cli/terminal/json.h"
#include "cli/terminal/terminal.h"
#include "cli/terminal/text.h"

namespace sallyport::cli {
namespace {

namespace json = boost::json;

constexpr const char* kRevokePath = "/_sallyport/revoke";
// Users who were cut off longer ago may have signed in again, so a later run begins with the first
// user again.
constexpr int64_t kGoesOnForSeconds = 86'400;
constexpr int kPageTries = 6;
constexpr auto kFirstPause = std::chrono::milliseconds(500);

// What the flags ask for.
struct Deed {
  const char* flag;      // empty: neither --disable nor --delete
  const char* action;    // the endpoint's word
  const char* question;  // "Sign out"
  const char* progress;  // "signing out"
  const char* done;      // "signed out"
};
constexpr std::array<Deed, 3> kDeeds{{{"delete", "DELETE", "Delete", "deleting", "deleted"},
                                      {"disable", "DISABLE", "Disable", "disabling", "disabled"},
                                      {"", "SIGN_OUT", "Sign out", "signing out", "signed out"}}};

bool IsPassing(std::string_view code) {
  return code == kUnreachable || code == kTimedOut || code == kTransferFailed ||
         code == base::code::kInternalError || code == base::code::kTooManyRequests ||
         code == base::code::kServiceUnavailable;
}

class Revoke {
 public:
  explicit Revoke(Invocation& invocation)
      : invocation_(invocation), filter_(invocation.arguments().Get("filter").value_or("")) {}

  base::Result<int> Run() {
    SALLYPORT_TRY(CheckFlags());
    SALLYPORT_ASSIGN(pool_, invocation_.Pool());
    state_path_ = fmt::format("{}/revoke-{}.json", StateDirectory(invocation_.around()), Name());
    SALLYPORT_TRY(FindBegun());
    const Arguments& given = invocation_.arguments();
    const bool only_show = given.Has("dry-run") || (!given.Has("yes") && !InputIsTerminal());
    // In a script with --yes nobody would see the number, and counting would only give abusers more
    // time.
    if (only_show || !given.Has("yes") || ErrorIsTerminal()) {
      SALLYPORT_TRY(Count());
      if (only_show || total_ == 0) return Shown();
      Say(Found());
      SALLYPORT_TRY(invocation_.Confirm(
          fmt::format("{} {} of the pool {}", deed_.question, Whom(left_), pool_)));
    }
    SALLYPORT_TRY(CutOff());
    RemoveFile(state_path_);
    return Done();
  }

 private:
  base::Status CheckFlags() {
    const Arguments& given = invocation_.arguments();
    const auto usage = [](const char* text) { return base::Error{std::string(kUsage), text, {}}; };
    if (given.Has("disable") && given.Has("delete"))
      return usage("--disable or --delete, not both");
    // If a script forgets the filter, that must not mean everybody.
    if (given.Has("filter") == given.Has("all"))
      return usage("give --filter, or --all for all users");
    if (given.Has("filter") && filter_.empty()) return usage("--filter is empty");
    if (IsAws(invocation_.configuration().endpoint)) {
      return usage("Amazon Cognito signs users out one by one: `sallyport user sign-out`");
    }
    for (const Deed& deed : kDeeds) {
      deed_ = deed;
      if (given.Has(deed.flag)) break;
    }
    return {};
  }

  json::object Identity() const {
    return {{"endpoint", invocation_.configuration().endpoint},
            {"pool", pool_},
            {"filter", filter_},
            {"action", deed_.action}};
  }

  std::string Name() const {
    const std::string text = json::serialize(Identity());
    std::array<uint8_t, SHA256_DIGEST_LENGTH> hash{};
    SHA256(reinterpret_cast<const uint8_t*>(text.data()), text.size(), hash.data());
    return base::HexEncode(hash).substr(0, 16);
  }

  // Finds the point at which an earlier run was interrupted.
  base::Status FindBegun() {
    if (invocation_.arguments().Has("restart")) return {};
    SALLYPORT_ASSIGN(const auto text, invocation_.around().read(state_path_));
    json::error_code error;
    const json::value value = text ? json::parse(*text, error) : json::value();
    if (error || !value.is_object()) return {};
    const json::object& state = value.as_object();
    const int64_t age = std::time(nullptr) - NumberAt(state, "begun");
    if (age < 0 || age > kGoesOnForSeconds || TextAt(state, "cursor").empty()) return {};
    begun_ = NumberAt(state, "begun");
    cursor_ = TextAt(state, "cursor");
    done_ = NumberAt(state, "users");
    Say(
        fmt::format("continuing after the {} users whom an interrupted run has {}; --restart "
                    "begins with the first",
                    done_, deed_.done));
    return {};
  }

  base::Status Keep() {
    json::object state = Identity();
    state["begun"] = begun_;
    state["cursor"] = cursor_;
    state["users"] = done_;
    return WritePrivateFile(state_path_, json::serialize(state));
  }

  // Does one page. Failures that may pass are retried.
  base::Result<json::object> Page(const char* action, const std::string& cursor) {
    json::object input = {{"UserPoolId", pool_}, {"Action", action}};
    if (!filter_.empty()) input["Filter"] = filter_;
    if (!cursor.empty()) input["Cursor"] = cursor;
    auto pause = kFirstPause;
    for (int attempt = 1;; ++attempt) {
      auto page = invocation_.api().Post(kRevokePath, input);
      if (page || attempt == kPageTries || !IsPassing(page.error().code) || Interrupted())
        return page;
      std::this_thread::sleep_for(pause);
      pause *= 2;
    }
  }

  base::Status Count() {
    Progress progress("counting");
    std::string cursor = cursor_;
    do {
      SALLYPORT_ASSIGN(json::object page, Page("COUNT", cursor));
      left_ += NumberAt(page, "Users");
      const json::value* names = At(page, "Usernames");
      for (size_t i = 0; names && names->is_array() && i < names->as_array().size(); ++i) {
        if (sample_.size() < kShown) sample_.push_back(names->as_array()[i]);
      }
      cursor = TextAt(page, "Cursor");
      progress.Show(static_cast<uint64_t>(left_), 0);
    } while (!cursor.empty());
    total_ = done_ + left_;
    return {};
  }

  base::Status CutOff() {
    Progress progress(deed_.progress);
    if (begun_ == 0) begun_ = std::time(nullptr);
    while (true) {
      auto page = Page(deed_.action, cursor_);
      if (!page) {
        base::Error error = page.error();
        error.message += fmt::format(
            "; {} users are {}, and the same command continues with the others", done_, deed_.done);
        return error;
      }
      done_ += NumberAt(*page, "Users");
      cursor_ = TextAt(*page, "Cursor");
      progress.Show(static_cast<uint64_t>(done_), static_cast<uint64_t>(total_));
      if (cursor_.empty()) return {};
      SALLYPORT_TRY(Keep());
    }
  }

  std::string Whom(int64_t users) const {
    const char* noun = users == 1 ? "user" : "users";
    if (filter_.empty()) return fmt::format("all {} {}", users, noun);
    return fmt::format("{} {} with {}", users, noun, Escaped(filter_));
  }

  std::string Found() const {
    std::string names;
    for (const json::value& name : sample_) {
      if (!name.is_string()) continue;
      names += (names.empty() ? "" : ", ") + Escaped(std::string_view(name.as_string()));
    }
    if (static_cast<int64_t>(sample_.size()) < left_) names += ", ...";
    return left_ == 0 ? Whom(left_) : fmt::format("{}: {}", Whom(left_), names);
  }

  base::Result<int> Shown() {
    if (invocation_.json()) {
      SALLYPORT_TRY(Print(PrettyJson(json::object{{"Users", left_}, {"Usernames", sample_}})));
    } else {
      SALLYPORT_TRY(Print(Found() + "\n"));
    }
    if (left_ > 0)
      Say(fmt::format("nobody was {}: this was a dry run; add --yes to do it", deed_.done));
    return kExitDone;
  }

  base::Result<int> Done() {
    if (invocation_.json()) {
      SALLYPORT_TRY(Print(PrettyJson(json::object{{"Users", done_}, {"Action", deed_.action}})));
    } else {
      SALLYPORT_TRY(
          Print(fmt::format("{} {}: every gate refuses their tokens\n", deed_.done, done_)));
    }
    return kExitDone;
  }

  static constexpr size_t kShown = 5;

  Invocation& invocation_;
  const std::string filter_;
  Deed deed_{};
  std::string pool_;
  std::string state_path_;
  std::string cursor_;
  int64_t begun_ = 0;  // when the run began with the first user, Unix seconds
  int64_t done_ = 0;
  int64_t left_ = 0;
  int64_t total_ = 0;
  json::array sample_;
};

}  // namespace

base::Result<int> RevokeUsers(Invocation& invocation) {
  WatchForInterrupt();
  return Revoke(invocation).Run();
}

}  // namespace sallyport::cli
