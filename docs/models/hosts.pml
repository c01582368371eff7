/* Where the servers read when the database moves to another host (docs/decisions/0052-the-beats-say-where-the-database-is.md).
 *
 * Host 1 leads until a failover (once), and host 2 from then on. Host 1 then confirms nothing any more, but answers: whoever reads from it sees
 * the log as it was at the failover. A server reads as long as a beat was confirmed within D (c). Its beats have a connection of their own (bc),
 * and the others lead to rc. P is what a beat has written; what a beat returns is applied after it. A row is removed only when its server's c is
 * over. A tick takes one unit from every c; any step may be delayed by any number of ticks.
 * The invariant is the assertion at a reading: it sees what was answered.
 * Planted faults, each of which breaks it:
 *   FAULT_FOLLOWFIRST  a host that answers is followed before it has confirmed a commit
 *   FAULT_NOREPLACE    the other connections stay where they lead
 *   FAULT_LATE         they are replaced after the next beat
 *   FAULT_NOLIMIT      a server reads on although no beat was confirmed
 */
#ifndef NREV
#define NREV 3
#endif
#ifndef D
#define D 2
#endif
#define NS 2
#define LEADS(h) ((h) == 1 && !failed || (h) == 2 && failed)
#define SEES(h) ((h) == 2 || !failed -> head : old)

byte head, old, ans;
bit failed;
byte rp[NS], app[NS], c[NS], bc[NS], rc[NS];
bit row[NS], late[NS];
byte i, m;

active proctype World() {
end:
  do
  :: d_step { for (i : 0 .. NS-1) { if :: c[i] -> c[i]-- :: else fi } i = 0 }
  :: d_step { head < NREV -> head++ }
  :: d_step { !failed -> failed = 1; old = head }
  /* all servers have released it, by one reading of the database that leads */
  :: d_step { ans < head && (row[0] || row[1]) ->
       m = head;
       for (i : 0 .. NS-1) { if :: row[i] && rp[i] < m -> m = rp[i] :: else fi }
       if :: m > ans -> ans = m :: else fi; i = 0; m = 0 }
  od
}

active [NS] proctype Server() {
  byte s = _pid - 1, h;
  rc[s] = 1;
end:
  do
  /* the beats' connection: it ends at any time, and is made anew to any host that answers */
  :: d_step { bc[s] != 0 -> bc[s] = 0 }
  :: atomic { bc[s] == 0 ->
       if :: h = 1 :: failed -> h = 2 fi;
       if
#ifdef FAULT_FOLLOWFIRST
       :: true -> bc[s] = h; rc[s] = h
#elif defined(FAULT_NOREPLACE)
       :: LEADS(h) -> bc[s] = h
#elif defined(FAULT_LATE)
       :: LEADS(h) -> bc[s] = h; late[s] = rc[s] != h
#else
       :: LEADS(h) -> bc[s] = h; rc[s] = h
#endif
       :: else
       fi; h = 0 }
  :: d_step { LEADS(bc[s]) && !row[s] -> row[s] = 1; rp[s] = head; app[s] = head }
  :: d_step { LEADS(bc[s]) && row[s] -> rp[s] = app[s]; app[s] = head; c[s] = D }
#ifdef FAULT_LATE
  :: d_step { late[s] && bc[s] != 0 -> late[s] = 0; rc[s] = bc[s] }
#endif
  :: d_step { LEADS(bc[s]) && row[1-s] && c[1-s] == 0 -> row[1-s] = 0 }
#ifdef FAULT_NOLIMIT
  :: d_step { true -> assert(SEES(rc[s]) >= ans) }
#else
  :: d_step { c[s] > 0 -> assert(SEES(rc[s]) >= ans) }
#endif
  od
}
