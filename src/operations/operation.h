// Operation: what one file of this folder defines, and what it gets.
#pragma once

#include <boost/json/object.hpp>
#include <string>
#include <variant>

#include "base/result.h"
#include "domain/services.h"
#include "store/release.h"

namespace sallyport::domain {
struct AccessTokenCaller;  // user, pool, client and family that a checked access token names
}

namespace sallyport::operations {

// One call, after the dispatcher's checks.
struct Call {
  const domain::Services& services;
  std::string request_id;
  std::string source_ip;
  std::string user_agent;
  // Of the SigV4 credential scope; the settings' region for calls that are not signed.
  std::string region;
  // Set for the operations that are called with an access token (signature, family, user and scope
  // already checked).
  const domain::AccessTokenCaller* caller = nullptr;
};

// The success of an operation that revokes, also where nothing was left to revoke: there is none
// without what a commit says that it waits for.
struct Revoked {
  store::Release release;
  boost::json::object body = {};
};

// The success of an operation that signs in or refreshes, and so may have ended sessions.
struct Issued {
  boost::json::object body;
  store::Wait wait;
};

// Where a call runs. kHash: it computes a password hash or makes a key, and runs on few threads of
// low priority.
enum class Lane { kQuick, kHash };

// What becomes of members of the input that the model does not know. Cognito ignores them, which
// of a setting would mean that a misspelt one is a default: operations that set refuse them.
enum class UnknownMembers { kIgnored, kRefused };

// An Operation as the dispatcher calls it, whatever its input's type.
struct AnyOperation {
  // `input` satisfies the model's constraints. The success has the answer's body.
  template <typename Success>
  using Function = base::Result<Success> (*)(Call& call, const boost::json::object& input);
  // What the function's type says of the answer:
  // object: the operation cannot revoke, and nothing is waited for.
  // Revoked: the answer waits, whatever it is ("Access Token has been revoked", too): a success for
  //   its Release, an error for a Barrier.
  // Issued: a success waits where it says so; an error of the function for a Barrier.
  std::variant<Function<boost::json::object>, Function<Revoked>, Function<Issued>> run;
  // nullptr: kQuick.
  Lane (*lane)(const boost::json::object& input) = nullptr;
  UnknownMembers unknown_members = UnknownMembers::kIgnored;
};

// Each file `initiate_auth.cc` defines `const Operation<api::InitiateAuthInput> kInitiateAuth`, by
// MakeOperation. It is declared in the generated header below with the input that the model gives
// it: another operation's does not compile. The table is generated from the file names.
template <typename Input>
struct Operation : AnyOperation {};

namespace made {

// What is called with JSON, of a function that takes a view of it.
template <auto run>
struct FromJson;
template <typename Success, typename Input, base::Result<Success> (*run)(Call&, const Input&)>
struct FromJson<run> {
  using InputType = Input;
  static base::Result<Success> Run(Call& call, const boost::json::object& input) {
    return run(call, Input(input));
  }
};

}  // namespace made

// `run`: `base::Result<Success> Run(Call& call, const api::XInput& input)`, where Success is
// json::object, Revoked or Issued.
template <auto run>
constexpr auto MakeOperation(UnknownMembers unknown_members = UnknownMembers::kIgnored) {
  using Made = made::FromJson<run>;
  return Operation<typename Made::InputType>{
      {.run = Made::Run, .unknown_members = unknown_members}};
}
// `lane` gives the lane of a call with that input.
template <auto run, auto lane>
constexpr auto MakeOperation(UnknownMembers unknown_members = UnknownMembers::kIgnored) {
  auto operation = MakeOperation<run>(unknown_members);
  operation.lane = [](const boost::json::object& input) {
    return lane(typename made::FromJson<run>::InputType(input));
  };
  return operation;
}

}  // namespace sallyport::operations

#include "operations_model/declarations.h"
#include "operations_model/inputs.h"
