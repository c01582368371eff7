// Evidence: what the Hello of an Agent proves about the store.
#pragma once

#include <string>

#include "base/result.h"
#include "feed/connection.h"
#include "feed/options.h"
#include "revocation/frame.h"
#include "store/store.h"

namespace sallyport::feed {

struct Evidence {
  // The Agent has what this log had at the position that it names, so it needs only what came
  // after.
  bool tail = false;
  // How the Hello proves that the store was restored from a backup: a sentence for logs. Empty: it
  // does not prove that.
  std::string proof;
};

// An error: the store cannot be read.
base::Result<Evidence> JudgeHello(store::Store& store, const Options& options, const Agent& agent,
                                  const revocation::Hello& hello);

}  // namespace sallyport::feed
