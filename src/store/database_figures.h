// DatabaseFigures: what has happened between a store and its database, for operators.
#pragma once

#include <cstddef>
#include <cstdint>

namespace sallyport::store {

struct DatabaseFigures {
  // Since the store was opened:
  uint64_t round_trips = 0;  // to the database and back
  uint64_t conflicts = 0;    // runs of a change that conflicted with another, and were repeated
  uint64_t given_up = 0;     // changes that conflicted too often, and were refused
  uint64_t looked_up = 0;    // commits whose outcome was not known, and was looked up
  uint64_t unknown = 0;      // of these, those whose outcome could not be found out
  uint64_t opened = 0;       // connections that were made
  uint64_t waited = 0;       // calls for which no connection was free
  uint64_t turned_away = 0;  // of these, those for which none became free in time
  uint64_t beats = 0;        // confirmed beats (docs/several-servers.md)
  uint64_t failed_beats = 0;
  uint64_t removed = 0;        // rows of other servers that were dead
  uint64_t registrations = 0;  // of this server; more than one: others had taken it for dead
  // Now:
  size_t connections = 0;  // of the pool from which calls are served
  size_t in_use = 0;       // of these
  size_t ceiling = 0;      // how many there may be
  size_t servers = 0;      // that serve the database, this one included
  // 1: a standby confirms each commit; 0: none does, or the database has no standby.
  size_t standbys_confirm = 0;
};

}  // namespace sallyport::store
