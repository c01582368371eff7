#include <fmt/format.h>

#include <string>
#include <string_view>

#include "cli/account/configuration.h"
#include "cli/terminal/help.h"

namespace sallyport::cli {
namespace {

// Escapes text for roff: no line must begin a request, and dashes must remain ones that can be
// copied.
std::string Roff(std::string_view text) {
  std::string out;
  for (const char c : text) {
    const bool line_begins = out.empty() || out.back() == '\n';
    if (line_begins && (c == '.' || c == '\'')) out += "\\&";
    if (c == '\\') {
      out += "\\e";
    } else if (c == '-') {
      out += "\\-";
    } else if (c == '`') {
      out += "\\(ga";
    } else if (c == '\'') {
      out += "\\(aq";
    } else if (c == '^') {
      out += "\\(ha";
    } else if (c == '~') {
      out += "\\(ti";
    } else {
      out += c;
    }
  }
  return out;
}

std::string Item(std::string_view title, std::string_view text) {
  return fmt::format(".TP\n.B {}\n{}\n", Roff(title), Roff(text));
}

std::string FlagItem(const Flag& flag) {
  const std::string value = flag.value.empty() ? "" : fmt::format(" \\fI{}\\fR", Roff(flag.value));
  return fmt::format(".TP\n\\fB\\-\\-{}\\fR{}\n{}\n", Roff(flag.name), value, Roff(flag.help));
}

std::string CommandText(const Command& command) {
  std::string text =
      fmt::format(".TP\n.B sallyport {}\n{}\n", Roff(UsageOf(command)), Roff(command.purpose));
  if (!command.details.empty()) text += Roff(command.details) + "\n";
  const auto flags = OwnFlagsOf(command);
  if (command.arguments.empty() && flags.empty()) return text;
  text += ".RS\n";
  for (const Argument& argument : command.arguments) {
    text += fmt::format(".TP\n.I {}\n{}\n", Roff(argument.name), Roff(argument.help));
  }
  for (const Flag& flag : flags) text += FlagItem(flag);
  return text + ".RE\n";
}

constexpr std::string_view kDescription =
    "Sallyport is a user pool server that speaks the Amazon Cognito API, and a gate in front of "
    "the "
    "APIs that its tokens open. The commands below \"Server\" run it; all others call it, or AWS "
    "itself: each calls the operation of the Cognito API that does what the command says.";

constexpr std::string_view kWhere =
    "Flags have precedence over the environment, the environment over a file .env in the current "
    "directory, that over the AWS profile, and the profile over a local server: "
    "http://127.0.0.1:9229 with the root credential of the data directory. If you choose a profile "
    "and it names no endpoint, AWS is called, as with --endpoint aws. If you name no pool or "
    "client, and the server on this host has exactly one, that one is used.";

}  // namespace

std::string ManPage(const Commands& commands, std::string_view version) {
  std::string page =
      fmt::format(".TH SALLYPORT 1 \"\" \"sallyport {}\" \"User Commands\"\n", version);
  page +=
      ".SH NAME\nsallyport \\- user pool server with instant revocation, and its command line\n";
  page +=
      ".SH SYNOPSIS\n.B sallyport\n.I COMMAND\n[\\fIARGUMENT\\fR ...] [\\fB\\-\\-flag\\fR ...]\n";
  page += fmt::format(".SH DESCRIPTION\n{}\n", Roff(kDescription));
  page += fmt::format(".SH WHERE THE SERVER IS, AND WHO CALLS\n{}\n", Roff(kWhere));
  page += ".SH COMMANDS\n";
  std::string section;
  for (const Command& command : commands) {
    if (command.section != section) page += fmt::format(".SS {}\n", Roff(command.section));
    section = command.section;
    page += CommandText(command);
  }
  page += ".SH OPTIONS\nEvery command that calls a server takes these.\n";
  for (const Flag& flag : CommonFlags()) page += FlagItem(flag);
  page += ".SH ENVIRONMENT\n";
  for (const VariableHelp& variable : VariablesRead()) page += Item(variable.names, variable.help);
  page += Item("SALLYPORT_PASSWORD, SALLYPORT_NEW_PASSWORD",
               "Passwords, where a command would ask for them.");
  page += ".SH FILES\n";
  page += Item(".env", "NAME=value lines: the variables above, except passwords.");
  page += Item("~/.local/state/sallyport/session.json",
               "The tokens of `sallyport sign-in`. XDG_STATE_HOME sets another directory.");
  page += Item("FILE.import.json, FILE.part, FILE.part.json",
               "Beside the file of an import or export: how far it has come.");
  page += ".SH EXIT STATUS\n";
  page += Item("0", "Done.") + Item("1", "The call or the command failed.") +
          Item("2", "The command line is wrong.") +
          Item("3", "The import is finished, but some rows were bad or skipped.") +
          Item("4", "The server could not be reached.") + Item("130", "Stopped by Ctrl-C.");
  return page;
}

}  // namespace sallyport::cli
