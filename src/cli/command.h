// The table of commands: what dispatch, --help, completion and the manual are made from.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace sallyport::cli {

class Invocation;

// What the process's exit code says.
inline constexpr int kExitDone = 0;
inline constexpr int kExitFailed = 1;
inline constexpr int kExitUsage = 2;
inline constexpr int kExitSomeRowsBad = 3;
inline constexpr int kExitUnreachable = 4;
inline constexpr int kExitInterrupted = 130;

// How a text of the command line stands in an Operation's input.
enum class Kind {
  kText,
  kNumber,
  kSwitch,      // true
  kSwitchOff,   // false
  kList,        // several times, or separated by commas: an array
  kAttributes,  // several times NAME=VALUE: [{"Name": ..., "Value": ...}]
  kInputFile,   // a file of JSON, "-": standard input: the Operation's whole input, which flags add
                // to
};

struct Flag {
  std::string name;        // without the dashes
  std::string value = {};  // what help calls the value; empty: a switch
  std::string help = {};
  std::string member = {};  // of the input, "A.B" inside "A"; empty: the command reads it itself
  Kind kind = Kind::kText;
  std::vector<std::string> choices = {};
  std::string constant = {};  // of a switch: the text that `member` becomes in place of true
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

// A password or code that is asked for, and never stands on the command line.
struct Prompt {
  std::string member;
  std::string question;
  bool twice = false;  // a new password: asked again, where it is asked on a terminal
  const char* variable = "SALLYPORT_PASSWORD";
};

struct Column {
  std::string title;
  std::string path;  // in the row; "Attributes:email" is that attribute of a list of attributes
};

// What people see of an answer.
struct View {
  std::string rows = {};  // the list that is the table; empty: no table
  std::vector<Column> columns = {};
  std::string record = {};  // the object that is shown member by member; ".": the whole answer
  std::string done = {};    // what is said in the end; {NAME} is an argument
};

// Pages of a list.
struct Paging {
  std::string size_member = {};  // empty: the Operation has no pages
  int size = 60;
  std::string token_member = "NextToken";  // of the input and of the answer
};

// Who the caller of an Operation is.
enum class Proof { kCredentials, kClient, kAccessToken, kRefreshToken };

struct Command {
  std::string path;  // "user list"
  std::string section;
  std::string purpose;       // one sentence
  std::string details = {};  // more, for --help and the manual
  std::vector<Argument> arguments = {};
  std::vector<Flag> flags = {};

  // A command that is one Operation.
  std::string operation = {};
  Proof proof = Proof::kCredentials;
  bool needs_pool = false;
  std::string fixed = {};  // JSON: members that are always there
  std::vector<Prompt> prompts = {};
  Paging paging = {};
  View view = {};
  std::string confirm = {};   // "Delete the user {USERNAME}": asked for once more, unless --yes
  bool ends_session = false;  // the stored tokens are worth nothing afterwards

  // Any other command; gives the exit code.
  std::function<base::Result<int>(Invocation&)> run = {};
  // A command of the program itself, which reads its own flags.
  std::function<int(const std::vector<std::string>&)> program = {};
};

using Commands = std::vector<Command>;

// The commands of this layer, in the order of help.
Commands ClientCommands();

// Flags that every command of this layer takes.
const std::vector<Flag>& CommonFlags();

// All flags of a command: its own; and, but for a program's command, the common ones and those that
// its row implies.
std::vector<Flag> FlagsOf(const Command& command);
// Of these, all but the common ones.
std::vector<Flag> OwnFlagsOf(const Command& command);

// "user get [flags] USERNAME".
std::string UsageOf(const Command& command);

}  // namespace sallyport::cli
