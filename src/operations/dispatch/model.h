// The Cognito API as data: operations, members, constraints and errors. The tables are generated
// from model/cognito.json as constants of the program, so nothing is parsed at the start.
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

// What a member of an operation's input is for.
enum class Role : uint8_t {
  kArgument,
  kAccessToken,  // identifies the caller
  kPageToken,
  kPageSize,
  kShown,  // selects what is shown of the results
  kUser,   // names the user whom the call is about, by any name
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
  bool sensitive;  // the value must never be shown
  // For a number, the range of its value; for a string, of its length in characters; for a list or
  // map, of its size.
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
  std::string_view re2;   // the same language in RE2's syntax; it must match the whole value
};

enum class Auth : uint8_t { kSigV4, kAccessToken, kNone };

struct OperationModel {
  std::string_view name;
  uint16_t input;  // index into `shapes`
  int16_t output;  // -1: the answer has no body
  Auth auth;
  domain::Category category;  // the quota for which calls are counted
  bool per_user;              // it tries or makes the password or a code of a user
  // For an operation that lists: the member of the input that says where a page begins, and the
  // member of the answer that says where the next one does. Empty: it does not list.
  std::string_view page_token;
  std::span<const std::string_view> errors;
};

extern const std::span<const Shape> shapes;
extern const std::span<const Pattern> patterns;
extern const std::span<const OperationModel> operations;  // sorted by name

// nullptr: no such operation.
const OperationModel* Find(std::string_view name);

// Whether patterns[index] matches the whole of `text`. Takes linear time (RE2). Thread-safe; a
// pattern is compiled when it is first used.
bool Matches(int16_t index, std::string_view text);

}  // namespace sallyport::operations::model
