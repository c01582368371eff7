// Which operations of the model are implemented.
#pragma once

#include <span>

#include "operations/dispatch/model.h"

namespace sallyport::operations {

struct AnyOperation;

// In the order of model::operations; nullptr: not implemented. Generated from the names of the
// files in src/operations/.
extern const std::span<const AnyOperation* const> built_operations;

inline const AnyOperation* BuiltOperation(const model::OperationModel& model) {
  return built_operations[static_cast<size_t>(&model - model::operations.data())];
}

}  // namespace sallyport::operations
