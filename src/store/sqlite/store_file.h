// StoreFile: a store's database as one file, to be copied: the source of a backup, which may have a
// server, and the backup itself, which may be no store at all.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "store/sqlite/database.h"
#include "store/sqlite/queries.h"
#include "store/store.h"

namespace sallyport::store {

// Errors carry a message for the administrator. For one thread.
class StoreFile {
 public:
  // Of a directory, whether a server runs there or not.
  static base::Result<StoreFile> OpenIn(const std::string& directory);
  // Any file. What is not a Sallyport store, or of a newer format, or does not match its checksum,
  // is refused.
  static base::Result<StoreFile> Open(const std::string& path);

  // Of one state, the one that was committed last when the file was opened.
  base::Result<std::optional<std::string>> Get(std::string_view key);
  const revocation::LogId& store_id() const { return store_id_; }

  // Whether the file is as it was written: by its checksum, or, where it was made without one, by
  // all that can be told from its pages. `any_copy`: it may be another program's copy of a backup,
  // which has lost the checksum.
  base::Status CheckWhole(bool any_copy);

  // That state as one new file (0600, no WAL), marked by kRestoredRecord with `reason`, unless it
  // is marked already. `path` is absent before. Checked and durable on return; after an error there
  // is no file. Commits go on meanwhile; the WAL grows until it is done.
  base::Status CopyTo(const std::string& path, std::string_view reason);
  // The same with a checksum, by which each later change of the file is noticed.
  base::Status BackUpTo(const std::string& path, std::string_view reason);

 private:
  StoreFile(Database database, Queries queries, std::string path)
      : database_(std::move(database)), queries_(std::move(queries)), path_(std::move(path)) {}
  static base::Result<StoreFile> OpenAt(const std::string& path, std::string_view parameters);
  base::Status Copy(const std::string& path, std::string_view reason, bool with_checksum);
  base::Error Problem(std::string_view what, const base::Error& error) const;

  Database database_;
  Queries queries_;
  std::string path_;
  bool has_checksum_ = false;  // the right one
  revocation::LogId store_id_{};
};

// Gives `from` the name `to`, unless that is taken already. Durable on return.
base::Status MoveToNewName(const std::string& from, const std::string& to);

// Puts the store in the file `replacement`, which is in the directory, in place of the directory's
// own. Nothing is lost: what was there keeps its bytes under names with `suffix` (the database and,
// where there is one, its WAL, which belongs to it). The caller holds the directory's lock. Cut
// off, it leaves the old store or none, and may be repeated.
base::Status ReplaceDatabase(const std::string& directory, const std::string& replacement,
                             const std::string& suffix);

}  // namespace sallyport::store
