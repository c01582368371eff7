#include "domain/tokens/geo_database.h"

#include <maxminddb.h>

#include <algorithm>
#include <utility>

#include "base/utf8.h"
#include "domain/errors.h"

namespace sallyport::domain {
namespace {

constexpr size_t kLongestName = 256;

// The entry's member {kind}.names.en.
std::string EnglishName(MMDB_entry_s entry, const char* kind) {
  MMDB_entry_data_s data{};
  const int status = MMDB_get_value(&entry, &data, kind, "names", "en", nullptr);
  if (status != MMDB_SUCCESS || !data.has_data || data.type != MMDB_DATA_TYPE_UTF8_STRING)
    return {};
  std::string name(data.utf8_string, data.data_size);
  // The file may come from anybody, so its contents are checked.
  if (name.size() > kLongestName || !base::IsUtf8(name)) return {};
  return name;
}

}  // namespace

struct GeoDatabase::File {
  MMDB_s handle{};
  bool open = false;

  ~File() {
    if (open) MMDB_close(&handle);
  }
};

GeoDatabase::GeoDatabase(std::unique_ptr<File> file) : file_(std::move(file)) {}
GeoDatabase::~GeoDatabase() = default;

base::Result<std::unique_ptr<GeoDatabase>> GeoDatabase::Open(const std::string& path) {
  auto file = std::make_unique<File>();
  const int status = MMDB_open(path.c_str(), MMDB_MODE_MMAP, &file->handle);
  if (status != MMDB_SUCCESS) {
    return error::kGeoDatabaseUnreadable(path, MMDB_strerror(status));
  }
  file->open = true;
  return std::unique_ptr<GeoDatabase>(new GeoDatabase(std::move(file)));
}

Place GeoDatabase::Find(const std::string& ip) const {
  int no_address = 0;
  int failed = MMDB_SUCCESS;
  const MMDB_lookup_result_s found =
      MMDB_lookup_string(&file_->handle, ip.c_str(), &no_address, &failed);
  if (no_address != 0 || failed != MMDB_SUCCESS || !found.found_entry) return {};
  return {EnglishName(found.entry, "city"), EnglishName(found.entry, "country")};
}

}  // namespace sallyport::domain
