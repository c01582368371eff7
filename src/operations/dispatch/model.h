// The Cognito API as data: operations, members, constraints, errors. The tables are generated from
// model/cognito.json and are constants of the program: nothing is parsed at start.
#pragma once

#include <cstdint>
#include <limits>
#include <span>
#include <string>
#include <string_view>

#include "domain/limits/throttle.h"

namespace sallyport::operations::model {

enum class Type : uint8_t {
  kString,
  kInteger,
  kLong,
  kBoolean,
  kTimestamp,
  kBlob,
  kDocument,
  kStructure,
  kList,
  kMap,
};

// What a member of an operation's input is to the request.
enum class Role : uint8_t {
  kArgument,
  kAccessToken,  // who calls
  kPageToken,
  kPageSize,
  kShown,  // what is shown of what is found
  kUser,   // whom the call is about, by any name
};

struct Member {
  std::string_view name;
  uint16_t shape;  // index into `shapes`
  bool required;
  Role role;
};

inline constexpr int64_t kNoMin = std::numeric_limits<int64_t>::min();
inline constexpr int64_t kNoMax = std::numeric_limits<int64_t>::max();

struct Shape {
  std::string_view name;
  Type type;
  bool sensitive;  // its value is never shown
  // Of a number: the value. Of a string, in characters, and of a list or map: the length.
  int64_t min;
  int64_t max;
  int16_t pattern;                            // index into `patterns`; -1: none
  std::span<const std::string_view> allowed;  // enumeration; empty: any
  std::span<const Member> members;            // of a structure
  uint16_t element;                           // of a list or map: the values' shape
  uint16_t key;                               // of a map
};

struct Pattern {
  std::string_view text;  // as AWS shows it
  std::string_view re2;   // the same language, in RE2's syntax; the whole value matches
};

enum class Auth : uint8_t { kSigV4, kAccessToken, kNone };

struct OperationModel {
  std::string_view name;
  uint16_t input;  // index into `shapes`
  int16_t output;  // -1: the answer has no body
  Auth auth;
  domain::Category category;  // of the quota that its calls count for
  bool per_user;              // it tries or makes a user's password or codes
  // Of an operation that lists: the member of its input that says where a page begins, and of its
  // answer, where the next one does. Empty: it does not list.
  std::string_view page_token;
  std::span<const std::string_view> errors;
};

extern const std::span<const Shape> shapes;
extern const std::span<const Pattern> patterns;
extern const std::span<const OperationModel> operations;  // sorted by name

// nullptr: no such operation.
const OperationModel* Find(std::string_view name);

// True where the whole of `text` matches patterns[index]. Linear in the text (RE2). Thread-safe; a
// pattern is compiled when it is first used.
bool Matches(int16_t index, std::string_view text);

}  // namespace sallyport::operations::model
