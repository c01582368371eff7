// The table of commands. Dispatch, --help, completion and the manual are all made from it.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace sallyport::cli {

class Invocation;

// The meaning of the exit codes.
inline constexpr int kExitDone = 0;
inline constexpr int kExitFailed = 1;
inline constexpr int kExitUsage = 2;
inline constexpr int kExitSomeRowsBad = 3;
inline constexpr int kExitUnreachable = 4;
inline constexpr int kExitInterrupted = 130;

// How a text on the command line becomes part of an Operation's input.
enum class Kind {
  kText,
  kNumber,
  kSwitch,      // true
  kSwitchOff,   // false
  kList,        // given several times, or separated by commas: an array
  kAttributes,  // NAME=VALUE, given several times: [{"Name": ..., "Value": ...}]
  // A file of JSON, or "-" for standard input: the Operation's whole input, to which flags add.
  kInputFile,
};

struct Flag {
  std::string name;        // without the dashes
  std::string value = {};  // what help calls the value; empty: a switch
  std::string help = {};
  // The member of the input, "A.B" for B within A; empty: the command reads the flag itself.
  std::string member = {};
  Kind kind = Kind::kText;
  std::vector<std::string> choices = {};
  std::string constant = {};  // for a switch: the text to which `member` is set, in place of true
};

struct Argument {
  std::string name;
  std::string help = {};
  std::string member = {};
  Kind kind = Kind::kText;
  bool optional = false;
  bool several = false;
  std::vector<std::string> choices = {};
  bool is_file = false;
};

// A password or code, which is asked for and never given on the command line.
struct Prompt {
  std::string member;
  std::string question;
  bool twice = false;  // for a new password: it is asked for twice on a terminal
  const char* variable = "SALLYPORT_PASSWORD";
};

struct Column {
  std::string title;
  // In the row; "Attributes:email" is the attribute email in a list of attributes.
  std::string path;
};

// How an answer is shown to people.
struct View {
  std::string rows = {};  // the list that is shown as a table; empty: no table
  std::vector<Column> columns = {};
  std::string record = {};  // the object whose members are shown one by one; ".": the whole answer
  std::string done = {};    // the sentence at the end; {NAME} is replaced by an argument
};

// How a list is divided into pages.
struct Paging {
  std::string size_member = {};  // empty: the Operation has no pages
  int size = 60;
  std::string token_member = "NextToken";  // in the input and in the answer
};

// How the caller of an Operation proves who they are.
enum class Proof { kCredentials, kClient, kAccessToken, kRefreshToken };

struct Command {
  std::string path;  // "user list"
  std::string section;
  std::string purpose;       // one sentence
  std::string details = {};  // more, for --help and the manual
  std::vector<Argument> arguments = {};
  std::vector<Flag> flags = {};

  // For a command that runs one Operation.
  std::string operation = {};
  Proof proof = Proof::kCredentials;
  bool needs_pool = false;
  std::string fixed = {};  // JSON: members of the input that are always the same
  std::vector<Prompt> prompts = {};
  Paging paging = {};
  View view = {};
  // For example "Delete the user {USERNAME}"; asked for confirmation, unless --yes.
  std::string confirm = {};
  bool ends_session = false;  // the stored tokens are useless afterwards

  // For any other command; gives the exit code.
  std::function<base::Result<int>(Invocation&)> run = {};
  // For a command of the program itself, which parses its own flags.
  std::function<int(const std::vector<std::string>&)> program = {};
};

using Commands = std::vector<Command>;

// The commands of this layer, in the order of help.
Commands ClientCommands();

// The flags that every command of this layer has.
const std::vector<Flag>& CommonFlags();

// All flags of a command: its own and, except for a command of the program itself, the common ones
// and those that follow from its row.
std::vector<Flag> FlagsOf(const Command& command);
// The same without the common ones.
std::vector<Flag> OwnFlagsOf(const Command& command);

// For example "user get [flags] USERNAME".
std::string UsageOf(const Command& command);

}  // namespace sallyport::cli
