// GeoDatabase: city and country of an IP address, from a MaxMind DB file (GeoLite2-City, or any
// other with "city" or "country" records).
// Source: the MaxMind DB file format, https://maxmind.github.io/MaxMind-DB/
#pragma once

#include <memory>
#include <string>

#include "base/result.h"

namespace sallyport::domain {

struct Place {
  std::string city;     // English name, at most 256 characters; empty: not known
  std::string country;  // the same
};

// Thread-safe once it is open.
class GeoDatabase {
 public:
  // Maps the file into memory. The error is one line for the operator.
  static base::Result<std::unique_ptr<GeoDatabase>> Open(const std::string& path);
  ~GeoDatabase();
  GeoDatabase(const GeoDatabase&) = delete;
  GeoDatabase& operator=(const GeoDatabase&) = delete;

  // The place of an address, "192.0.2.1" or "2001:db8::1". Empty where the database does not know
  // it, or the text is not an address.
  Place Find(const std::string& ip) const;

 private:
  struct File;
  explicit GeoDatabase(std::unique_ptr<File> file);

  const std::unique_ptr<File> file_;
};

}  // namespace sallyport::domain
