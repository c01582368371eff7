/* One server, one Agent, its Replica files, one reader (docs/revocation-feed.md, docs/replica-format.md): leases and release, a server's hold
 * after its start, an Agent that reconnects, restarts and changes files, and the order in which a decision reads.
 *
 * Time: a tick takes one unit from every timer; any step may be delayed by any number of ticks (a process that is stopped, a slow network).
 * Margins are left out: there is one clock rate. A copied expiry goes on ticking, as an absolute time does.
 * Positions are prefixes of one log, so the greatest answered revocation (ans) says it all, and acknowledgements are cumulative.
 * The invariant is the assertion at the reader's last step: what was looked up had everything that was answered before the lookup, or it is no Allow.
 * (Stronger than the promise, which speaks of the time at which the request was received; it is what docs/revocation-feed.md proves.)
 *
 *   spin -a [-Dflag] promise.pml && cc -O2 -w -DSAFETY -o pan pan.c && ./pan -m1000000 -w24      (a planted fault: -DBFS, whose trail is the shortest)
 *   tests/models/run runs all of it; what it counted is in docs/models.md.
 *
 * NREV revocations, CRASHES of the server, RESTARTS of the Agent, FILES how often a new Replica file is made
 * TTL0, TTL of the server's first run; TTL of the later ones (the hold goes by the greatest ever granted)
 * Planted faults, each of which breaks the invariant:
 *   FAULT_LEASEFIRST   the lease is read only before the lookup      FAULT_NOEPOCH    only after it: the epoch is not compared
 *   FAULT_EPOCHFIRST   the epoch is read again before the expiry     FAULT_NOCLOCK    an expiry that is not 0 is believed
 *   FAULT_KEEPEPOCH    a grant continues an epoch that has lapsed    FAULT_NOWAIT     a call that changed nothing is answered at once
 *   FAULT_RELEASE      released passes a live lease                  FAULT_DROPROW    a disconnect ends the lease at the server only
 *   FAULT_BEHIND       a lease for one that is behind released       FAULT_ACKFIRST   acknowledged before it is applied
 *   FAULT_NOHOLD       no hold after a start                         FAULT_HOLDTTL    the hold goes by the new TTL
 *   FAULT_ARRIVAL      the lease counts from the grant's arrival     FAULT_OLDNONCE   a grant of an earlier connection is believed
 *   FAULT_ACKHERE      a lease stands on what another file holds     FAULT_EXPIRYFIRST  a new lease is written as expiry, then epoch
 *   FAULT_ONEFILE      entries go to the new file only, before the old one is superseded
 *   FAULT_NOSUPERSEDE  the old file keeps its lease, and the new one is renewed
 */
#ifndef NREV
#define NREV 1
#endif
#ifndef TTL0
#define TTL0 1
#endif
#ifndef TTL
#define TTL 1
#endif
#ifndef CRASHES
#define CRASHES 1
#endif
#ifndef RESTARTS
#define RESTARTS 1
#endif
#ifndef FILES
#define FILES 1
#endif

/* the log, and the server: `released`, its hold, and a row for each of two instances of the Agent */
byte head, ans, released, hold, crashes, ttl;
byte texp[2]; byte tack[2]; byte tep[2];
bit up;            /* connected */
byte here;         /* of tack: what this connection's Replica is known to hold */

/* the Agent: which instance it is; the request under way: 1 asked, 2 granted (gep); how it writes a grant: 1 expiry 0, 2 epoch */
bit me; byte restarts, files;
byte rq; byte rleft; byte gep;
byte wr; byte wep; byte wexp;
/* its files: `cur` has the name; building: 0 none, 1 being filled, 2 has the lease words, 3 has the name, the old one not yet superseded */
bit cur; byte building; bit snap;
byte fpos[2]; byte fep[2]; byte fexp[2]; bit fsup[2];
byte acked;        /* FAULT_ACKFIRST: acknowledged, perhaps not applied */

/* the reader: 1 epoch read, 2 looked up and an answered revocation was missing, 3 expiry read (and, planted, other things) */
byte rd; bit rf; byte e0; byte rexp;
#define RSAME 4    /* FAULT_EPOCHFIRST: the epoch was the same */

byte i, m, ok;
#define Z i = 0; m = 0; ok = 0
#define OLD (1 - cur)
#define NEWEST (building == 1 -> OLD : cur)
#if defined(FAULT_BEHIND)
#define MAY true
#elif defined(FAULT_ACKHERE)
#define MAY tack[me] >= released
#else
#define MAY here >= released
#endif

inline FreshEpoch() {
  m = 0; ok = 0;
  do :: ok -> break
     :: else -> m++;
        ok = !(tep[0] == m || tep[1] == m || fep[0] == m || fep[1] == m || (rd && e0 == m) || gep == m || wep == m)
  od
}
/* an epoch that no lease can have again and no reader stands on is forgotten, and so is a reader whose epoch has gone from its file */
inline Forget() {
#ifndef FAULT_NOEPOCH
  if :: rd && rd != RSAME && e0 != fep[rf] && !(wr && wep == e0) && !(rq == 2 && gep == e0) && tep[0] != e0 && tep[1] != e0 ->
        rd = 0; rf = 0; e0 = 0; rexp = 0
     :: else fi;
#endif
  for (i : 0 .. 1) {
    if :: fep[i] && !fexp[i] && !(wr && wep == fep[i]) && !(rq == 2 && gep == fep[i]) && tep[0] != fep[i] && tep[1] != fep[i] &&
          !(rd && rf == i && e0 == fep[i]) -> fep[i] = 0
       :: else fi
  }
}
inline Tick() {
  if :: hold -> hold-- :: else fi;
  for (i : 0 .. 1) {
    if :: texp[i] -> texp[i]--;
          if :: !texp[i] ->
#ifndef FAULT_KEEPEPOCH
                tep[i] = 0;
#endif
                if :: i != me -> tep[i] = 0; tack[i] = 0 :: else fi
             :: else fi
       :: else fi;
#ifndef FAULT_NOCLOCK
    if :: fexp[i] -> fexp[i]-- :: else fi
#endif
  }
#ifndef FAULT_ARRIVAL
  if :: rleft -> rleft--; if :: !rleft -> rq = 0; gep = 0 :: else fi :: else fi;
#endif
  if :: wexp -> wexp--; if :: !wexp -> wr = 0; wep = 0 :: else fi :: else fi;
#ifndef FAULT_LEASEFIRST
  if :: rexp -> rexp-- :: else fi;
#endif
  Forget()
}
/* The connection is gone: what was asked on it is not answered, but a grant may lie in the Agent's socket until it says Hello again. */
inline Disconnect() {
  up = 0; here = 0;
  if :: rq == 1 -> rq = 0; rleft = 0 :: else fi
}
#ifdef FAULT_OLDNONCE
#define NEWNONCES ok = 0
#else
#define NEWNONCES rq = 0; rleft = 0; gep = 0
#endif
inline Supersede() {
#ifndef FAULT_NOSUPERSEDE
  fsup[OLD] = 1; fexp[OLD] = 0;
#endif
  building = 0; snap = 0
}

active proctype World() {
  d_step { ttl = TTL0; Z }
  atomic { run Server(); run Agent(); run Reader() }
end:
  do
  :: d_step { 1 -> Tick(); Z }
  :: d_step { head < NREV -> head++; Z }
  od
}

proctype Server() {
end:
  do
  /* I1, and the answer to every call that waits for it */
  :: d_step { hold == 0 && ans < head ->
       m = head;
#ifndef FAULT_RELEASE
       for (i : 0 .. 1) { if :: texp[i] && tack[i] < m -> m = tack[i] :: else fi }
#endif
       if :: m > released -> released = m :: else fi;
       ans = released; Z }
#ifdef FAULT_NOWAIT
  :: d_step { ans < head -> ans = head; Z }
#endif
  /* I2, I3; the expiry is recorded before the grant is sent */
  :: d_step { up && rq == 1 && MAY ->
       if :: texp[me] == 0 && tep[me] == 0 -> FreshEpoch(); tep[me] = m :: else fi;
       tack[me] = here; texp[me] = ttl; gep = tep[me]; rq = 2; Z }
  /* the end, and the next start with the lock, the log and the greatest TTL ever granted */
  :: d_step { crashes < CRASHES -> crashes++;
       for (i : 0 .. 1) { texp[i] = 0; tack[i] = 0; tep[i] = 0 }
       Disconnect();
       released = head;
#ifdef FAULT_NOHOLD
       hold = 0;
#elif defined(FAULT_HOLDTTL)
       hold = TTL;
#else
       if :: TTL0 > TTL -> hold = TTL0 :: else -> hold = TTL fi;
#endif
       ttl = TTL; Forget(); Z }
  od
}

proctype Agent() {
end:
  do
  /* Hello. A tail: what the file holds is proved. A snapshot: nothing is, and no lease meanwhile */
  :: d_step { !up && building == 0 && !wr -> up = 1; NEWNONCES;
       if :: texp[me] == 0 -> tack[me] = fpos[cur] :: else fi;
       here = fpos[cur];
       if :: texp[me] && tack[me] < here -> here = tack[me] :: else fi;
#ifdef FAULT_ACKFIRST
       acked = fpos[cur];
#endif
       Z }
  :: d_step { !up && building == 0 && files < FILES && !wr -> files++; up = 1; NEWNONCES;
       if :: texp[me] == 0 -> tack[me] = 0 :: else fi;
       here = 0;
#ifdef FAULT_ACKFIRST
       acked = 0;
#endif
       fexp[cur] = 0;
       building = 1; snap = 1;
       i = OLD; fpos[i] = 0; fep[i] = 0; fexp[i] = 0; fsup[i] = 0;
       if :: rd && rf == i -> rd = 0; rf = 0; e0 = 0; rexp = 0 :: else fi; Z }
  :: d_step { up && snap && building == 1 && fpos[OLD] < head -> fpos[OLD]++; Z }
  :: d_step { !up && snap && building == 1 -> building = 0; snap = 0; Z }
  :: d_step { up -> Disconnect(); Z }
#ifdef FAULT_DROPROW
  :: d_step { up && !snap -> Disconnect(); texp[me] = 0; tep[me] = 0; tack[me] = 0; Z }
#endif
  /* an entry goes to every file that may hold a lease, or is to take one over; then it is acknowledged */
#ifdef FAULT_ACKFIRST
  :: d_step { up && !snap && acked < head -> acked++; here = acked; if :: tack[me] < here -> tack[me] = here :: else fi; Z }
  :: d_step { !snap && building <= 1 && fpos[cur] < acked -> fpos[cur]++; if :: building == 1 -> fpos[OLD]++ :: else fi; Z }
#elif defined(FAULT_ONEFILE)
  :: d_step { up && !snap && building != 2 && fpos[NEWEST] < head ->
       if :: building == 1 -> fpos[OLD]++ :: else -> fpos[cur]++ fi; Z }
  :: d_step { up && !snap && here < fpos[NEWEST] -> here = fpos[NEWEST];
       if :: tack[me] < here -> tack[me] = here :: else fi; Z }
#else
  :: d_step { up && !snap && building <= 1 && fpos[cur] < head -> fpos[cur]++; if :: building == 1 -> fpos[OLD]++ :: else fi; Z }
  :: d_step { up && !snap && here < fpos[cur] -> here = fpos[cur]; if :: tack[me] < here -> tack[me] = here :: else fi; Z }
#endif
  /* a new file (growth, expiry, a name that was taken away): a copy, the lease words, the name, then the old one is superseded */
  :: d_step { building == 0 && files < FILES && !wr -> files++; building = 1;
       i = OLD; fpos[i] = fpos[cur]; fep[i] = 0; fexp[i] = 0; fsup[i] = 0;
       if :: rd && rf == i -> rd = 0; rf = 0; e0 = 0; rexp = 0 :: else fi; Z }
  :: d_step { building == 1 && !snap && !wr && fpos[OLD] >= fpos[cur] -> fep[OLD] = fep[cur]; fexp[OLD] = fexp[cur]; building = 2; Z }
  :: d_step { snap && building == 1 && up -> building = 2; Z }
  :: d_step { building == 2 -> cur = OLD; building = 3; Z }
  :: d_step { building == 3 -> 
       if :: snap && up -> here = fpos[cur];
#ifdef FAULT_ACKFIRST
             acked = fpos[cur];
#endif
             if :: tack[me] < here -> tack[me] = here :: else fi
          :: else fi;
       Supersede(); Z }
  /* a lease: asked for at t0; an epoch that goes on moves the expiry only; a new one is written as expiry 0, epoch, expiry */
  :: d_step { up && rq == 0 && !snap -> rq = 1; rleft = ttl; Z }
  :: d_step { rq == 2 && (building == 0 || building == 1 && !snap) && !wr ->
#ifdef FAULT_ARRIVAL
       rleft = ttl;
#endif
       if :: gep == fep[cur] -> fexp[cur] = rleft; wr = 0
          :: else ->
#ifdef FAULT_EXPIRYFIRST
             fexp[cur] = rleft;
#else
             fexp[cur] = 0;
#endif
             wr = 1; wep = gep; wexp = rleft
       fi;
       rq = 0; rleft = 0; gep = 0; Z }
  :: d_step { wr == 1 -> fep[cur] = wep; wr = 2; Forget(); Z }
  :: d_step { wr == 2 -> fexp[cur] = wexp; wr = 0; wep = 0; wexp = 0; Z }
  /* killed and started: another instance. A file without a name is no file; the lease is taken out of the one that has it */
  :: d_step { restarts < RESTARTS && texp[1-me] == 0 -> restarts++;
       me = 1 - me; up = 0; here = 0; rq = 0; rleft = 0; gep = 0; wr = 0; wep = 0; wexp = 0; building = 0; snap = 0;
       fexp[cur] = 0;
#ifdef FAULT_ACKFIRST
       acked = fpos[cur];
#endif
       tack[me] = 0; tep[me] = 0; Forget(); Z }
  od
}

/* It may have either file mapped. */
proctype Reader() {
end:
  do
  :: d_step { rd == 0 && fep[0] -> rd = 1; rf = 0; e0 = fep[0]; Z }
  :: d_step { rd == 0 && fep[1] -> rd = 1; rf = 1; e0 = fep[1]; Z }
#ifdef FAULT_LEASEFIRST
  :: d_step { rd == 1 && rexp == 0 -> if :: fexp[rf] && !fsup[rf] -> rexp = fexp[rf] :: else -> rd = 0; rf = 0; e0 = 0 fi; Z }
  :: d_step { rd == 1 && rexp -> assert(fpos[rf] >= ans); rd = 0; rf = 0; e0 = 0; rexp = 0; Z }
#else
  :: d_step { rd == 1 -> if :: fpos[rf] < ans -> rd = 2 :: else -> rd = 0; rf = 0; e0 = 0 fi; Z }
#ifdef FAULT_EPOCHFIRST
  :: d_step { rd == 2 -> if :: fep[rf] == e0 -> rd = RSAME :: else -> rd = 0; rf = 0; e0 = 0 fi; Z }
  :: d_step { rd == RSAME -> assert(!(fexp[rf] && !fsup[rf])); rd = 0; rf = 0; e0 = 0; Z }
#else
  :: d_step { rd == 2 -> if :: fexp[rf] -> rd = 3; rexp = fexp[rf] :: else -> rd = 0; rf = 0; e0 = 0 fi; Z }
  /* superseded, the epoch, and last the clock: rexp has ticked on */
#ifdef FAULT_NOEPOCH
  :: d_step { rd == 3 -> assert(!(rexp && !fsup[rf]));
#else
  :: d_step { rd == 3 -> assert(!(rexp && !fsup[rf] && fep[rf] == e0));
#endif
       rd = 0; rf = 0; e0 = 0; rexp = 0; Z }
#endif
#endif
  od
}
