// Operation: what one file of this folder defines, and what it gets.
#pragma once

#include <type_traits>

#include "operations/call.h"

namespace sallyport::operations {

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
    if constexpr (std::is_same_v<Input, boost::json::object>) {
      return run(call, input);
    } else {
      return run(call, Input(input));
    }
  }
};

}  // namespace made

// `run`: `base::Result<Success> Run(Call& call, const api::XInput& input)`, where Success is
// json::object, Revoked or Issued.
template <auto run>
constexpr auto MakeOperation() {
  using Made = made::FromJson<run>;
  return Operation<typename Made::InputType>{{.run = Made::Run}};
}
// `lane` gives the lane of a call with that input.
template <auto run, auto lane>
constexpr auto MakeOperation() {
  auto operation = MakeOperation<run>();
  operation.lane = [](const boost::json::object& input) {
    using Input = typename made::FromJson<run>::InputType;
    if constexpr (std::is_same_v<Input, boost::json::object>) {
      return lane(input);
    } else {
      return lane(Input(input));
    }
  };
  return operation;
}

}  // namespace sallyport::operations

#include "operations_model/declarations.h"
#include "operations_model/inputs.h"
