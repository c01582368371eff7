// StoreFile: the database of a store as one file that can be copied. It is the source of a backup,
// on which a server may be running, or it is the backup itself, or some file that is no store at
// all.
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

// An error's message is for the administrator. Used by one thread.
class StoreFile {
 public:
  // Opens the store of a directory, whether a server is running there or not.
  static base::Result<StoreFile> OpenIn(const std::string& directory);
  // Opens any file. A file that is not a Sallyport store, is of a newer format, or does not match
  // its checksum is refused.
  static base::Result<StoreFile> Open(const std::string& path);

  // Reads from the state that was committed last when the file was opened.
  base::Result<std::optional<std::string>> Get(std::string_view key);
  const revocation::LogId& store_id() const { return store_id_; }

  // Whether the file is as it was written: by its checksum, or, if it was made without one, by all
  // that its pages show. `any_copy`: it may be a copy of a backup by another program, which has
  // lost the checksum.
  base::Status CheckWhole(bool any_copy);

  // Writes that state as a new file `path` (0600, without WAL), which must not exist. Unless it is
  // marked already, it is marked by kRestoredRecord with `reason`. Checked and durable on return;
  // after an error there is no file. Commits go on meanwhile, and the WAL grows until it is done.
  base::Status CopyTo(const std::string& path, std::string_view reason);
  // The same with a checksum, by which every later change of the file is noticed.
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
  bool has_checksum_ = false;  // and it is the right one
  revocation::LogId store_id_{};
};

// Renames `from` to `to`, unless that name is taken. Durable on return.
base::Status MoveToNewName(const std::string& from, const std::string& to);

// Puts the store in the file `replacement`, which is in the directory, in the place of the
// directory's own. Nothing is lost: the old database, and its WAL if there is one, are renamed with
// `suffix`. The caller holds the directory's lock. If it is interrupted, the directory has the old
// store or none, and the call may be repeated.
base::Status ReplaceDatabase(const std::string& directory, const std::string& replacement,
                             const std::string& suffix);

}  // namespace sallyport::store
