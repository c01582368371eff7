// Who may read /metrics without a signature.
#pragma once

namespace sallyport::http {

enum class MetricsReaders {
  kOwnUser,   // the user of this host that the server runs as
  kThisHost,  // every process of this host
  kAll,
};

}  // namespace sallyport::http
