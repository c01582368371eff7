#include "domain/limits/room.h"

#include "domain/services.h"

namespace sallyport::domain {

base::Error NoRoom(const Services& services, Leftover leftover) {
  if (services.ceiling_watch != nullptr) services.ceiling_watch->Met(leftover);
  return CeilingError(leftover);
}

base::Status CheckRoom(store::Reader& reader, const Services& services, Leftover leftover,
                       Share share) {
  SALLYPORT_ASSIGN(const bool room, HasRoom(reader, services.settings.ceilings, leftover, share));
  if (!room) return NoRoom(services, leftover);
  return {};
}

}  // namespace sallyport::domain
