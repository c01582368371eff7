// Operation: what each file of this folder defines, and what it is given.
#pragma once

#include "operations/call.h"

namespace sallyport::operations {

// Each file such as `initiate_auth.cc` defines `const Operation<api::InitiateAuthInput>
// kInitiateAuth` by means of MakeOperation. The generated header below declares it with the input
// type from the model, so another operation's input type does not compile. The table of operations
// is generated from the file names.
template <typename Input>
struct Operation : AnyOperation {};

namespace made {

// Converts a function that takes a view of its input to one that takes JSON.
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
// `lane` gives the lane for a call with that input.
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
