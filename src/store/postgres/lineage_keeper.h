// LineageKeeper: knows which history a database holds, and judges by the witness file in the
// server's own directory whether the database is an older copy of itself. It writes to table `meta`
// first, and to the file only after that commit is confirmed. A server whose file belongs to
// another store does not start; the database's other servers go on.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "store/history.h"
#include "store/lineage.h"
#include "store/sqlite/witness_file.h"
#include "store/witness_thread.h"
#include "store_postgres/numberer.h"
#include "store_postgres/transaction.h"

namespace sallyport::store::postgres {

// Runs a change and commits it, durably.
using CommitChange = std::function<base::Status(const std::function<base::Status(PostgresTx&)>&)>;

// Thread-safe. While the store is known to be restored, the file is left as it is: it is the proof.
class LineageKeeper {
 public:
  struct Parts {
    std::string directory;
    // Nullopt: the store is opened to be copied, and it is not known which server will use it.
    std::optional<WitnessFile> file;
    Pool& pool;  // outlives the keeper, as the next does
    Numberer& numberer;
    CommitChange commit;
    std::chrono::milliseconds period;  // between two generations
    std::chrono::milliseconds budget;  // of one read
    std::string shown;                 // names the database
  };
  // Judges the store by the file, marks it if it is restored, and otherwise raises the generation.
  // Errors are for the administrator.
  static base::Result<std::unique_ptr<LineageKeeper>> Open(Parts parts);
  // Raises the generation once more.
  ~LineageKeeper() { thread_.End(); }
  LineageKeeper(const LineageKeeper&) = delete;
  LineageKeeper& operator=(const LineageKeeper&) = delete;

  // The log has grown. Does not block.
  void Notice() { thread_.Notice(); }

  // Of Store.
  uint32_t WitnessedTtl() const { return history_.greatest_ttl_millis(); }
  base::Status WitnessTtl(uint32_t ttl_millis);
  Lineage lineage() const { return history_.lineage(); }
  bool IsPast(const revocation::LogId& id) const { return history_.IsPast(id); }
  bool is_restored() const { return history_.is_restored(); }
  std::string restored_reason() const { return history_.restored_reason(); }
  base::Status MarkRestored(std::string_view reason);
  // Another server has marked the store. Cheap.
  void NoteRestored(std::string_view reason);
  base::Status BeginHistory();
  // Store::AdoptLineage.
  base::Status Adopt(const Lineage& lineage);

 private:
  explicit LineageKeeper(Parts parts);
  base::Status Read();
  base::Status Judge();
  base::Result<std::optional<std::string>> IsOlder();
  base::Status RaiseGeneration();
  base::Status WriteWitness();
  Witness MakeWitness() const;
  // What the file has seen; nullopt: nothing, or there is no file.
  std::optional<Witness> Seen() const;
  // False: it could not be written, which was logged.
  bool Try(base::Status (LineageKeeper::*write)());

  Parts parts_;  // the file is guarded by file_mutex_
  std::mutex file_mutex_;
  std::mutex raise_mutex_;  // held while a generation is made; locked before file_mutex_
  History history_;
  bool raised_ = true;    // at the start
  WitnessThread thread_;  // the last member, so that it ends first
};

}  // namespace sallyport::store::postgres
