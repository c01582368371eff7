/* Several servers on one database (docs/several-servers.md): P, beats, registration, removal, Agents that move, a failover of the database.
 *
 * Time: a tick takes one unit from every timer; any step may be delayed by any number of ticks. Timers: TTL an Agent's lease, WAIT a peer's
 * wait before a removal. Margins are left out: one clock rate. A counter is modelled by what depends on it.
 * Positions are prefixes of one log, so the greatest answered revocation (ans) says it all. The invariant is the assertion at the reader's last
 * step; with FAILOVER also that what was answered is not lost.
 *
 * A grant answers a request that came before a beat was sent that has been confirmed since, so no server's clock is believed.
 * FREEZE    a server's clock may stand still while the others' go on; with FREEZEONE too, only one server's
 * FAILOVER  (once) the database loses what is visible but not yet durable; a server applies what a confirmed commit has shown it, and an answer
 *           needs such a commit after its reading
 * VISIBLE   as the design has it (decision 46 says why the code has not): a server applies what is visible; a beat is refused when the log lacks
 *           what the server has applied, which is then dropped
 * LOSE      the answer to a beat is lost: a later one counts.    CRASHES=n: so many server crashes
 * Planted faults, each of which breaks the invariant:
 *   FAULT_OWN        a grant needs no beat                      FAULT_PCONF    grants look at the confirmed P, not at the computed one
 *   FAULT_HEADFIRST  head read before the row is written        FAULT_NULLROW  a new row holds nothing back until its head is read
 *   FAULT_NOWAIT     removal without waiting                    TTL=2 FAULT_EARLY  removal too early
 *   FAULT_WATCHSEND  the wait counts from sending the first reading
 *   FREEZE FAULT_BELIEVE  grants by the server's own lease, and so by its clock, as long as that has TTL left
 *   FREEZE FREEZEONE FAULT_KEEP  a removed server keeps its table, so an epoch goes on over the gap
 *   FAILOVER VISIBLE FAULT_NOHASH  beats compare numbers only
 *   FAILOVER FAULT_NOBARRIER       a commit counts, of a beat or an answer, although nobody has confirmed it
 */
#ifndef NS
#define NS 2
#endif
#ifndef NA
#define NA 1
#endif
#ifndef NREV
#define NREV 2
#endif
#ifndef TTL
#define TTL 1
#endif
#ifndef D
#define D 2
#endif
#if defined(FAULT_NOWAIT)
#define WAIT 0
#elif defined(FAULT_EARLY)
#define WAIT 1
#else
#define WAIT D
#endif
#ifndef CRASHES
#define CRASHES 1
#endif
#define NR 3
#define NONE 7
#define T(s,a) ((s)*NA+(a))

/* the database */
byte head; bit used[NR]; byte rp[NR];      /* rows; a counter is said by what depends on it: wsame, and whether the own row is there */
byte ans; byte crashes;
#ifdef FAILOVER
/* dur: the head that a standby has; what is visible beyond it is lost by a failover (once). r...: how far a prefix is of the log as it is now */
byte dur; byte failed; byte rapp[NS]; byte rpos[NA];
#ifdef FAULT_NOBARRIER
#define DURABLE ok = 0
#else
#define DURABLE dur = head
#endif
#if defined(VISIBLE) || defined(FAULT_NOBARRIER)
#define SHOWN head
#else
#define SHOWN dur
#endif
#define RPOS(a) rpos[a]
#else
#define DURABLE ok = 0
#define RPOS(a) pos[a]
#endif
/* servers */
byte slot[NS]; byte ready[NS]; byte P[NS]; byte app[NS];
byte fl[NS]; byte flp[NS];   /* beat: 1 sent, 2 committed, 3 refused */
#ifdef FAULT_BELIEVE
byte own[NS]; byte flleft[NS];   /* the server's own lease, and that of the beat under way */
#endif
#ifdef FAULT_PCONF
byte cP[NS];
#endif
byte wslot[NS]; bit wsame[NS]; byte wleft[NS]; bit wsent[NS];   /* the row watched, its counter unchanged since */
bit mine[NS];   /* the row is still there */
byte hb[NS];                                                   /* FAULT_HEADFIRST: 1 + head */
byte texp[NS*NA]; byte tack[NS*NA]; byte tep[NS*NA];
/* Agents: their Replica and the request under way: 1 asked, 2 before a sent renewal, 3 that one confirmed, 4 granted */
byte con[NA]; byte pos[NA]; byte aexp[NA]; byte aep[NA]; byte rq[NA]; byte rleft[NA]; byte gep[NA];
/* a reader at each Agent */
byte rd[NA]; byte e0[NA];   /* 1: epoch read; 2: looked up, and an answered revocation was not there */
/* scratch */
byte i, j, m, f, ok;
#define Z i = 0; j = 0; m = 0; f = 0; ok = 0

#ifdef FAULT_PCONF
#define PG(s) cP[s]
#define SETCP(s,v) cP[s] = v
#else
#define PG(s) P[s]
#define SETCP(s,v) ok = 0
#endif
#ifdef FAULT_BELIEVE
#define NOLEASE(s) own[s] = 0; flleft[s] = 0
#else
#define NOLEASE(s) ok = 0
#endif

/* the log still has what the server has applied */
#if defined(FAILOVER) && !defined(FAULT_NOHASH)
#define KNOWN(s) (app[s] == rapp[s])
#else
#define KNOWN(s) (true)
#endif
#if defined(FAULT_OWN)
#define MAY(s,a) (true)
#elif defined(FAULT_BELIEVE)
#define MAY(s,a) (own[s] >= TTL)
#else
#define MAY(s,a) (rq[a] == 3)
#endif

/* an Agent's position that the log does not have: a snapshot, and no lease meanwhile */
#if defined(FAILOVER) && !defined(FAULT_NOHASH)
#define HELLO(a) if :: pos[a] != rpos[a] -> pos[a] = 0; rpos[a] = 0; aexp[a] = 0; aep[a] = 0 :: else fi
#else
#define HELLO(a) ok = 0
#endif
inline FreshEpoch(a) {
  f = 0; ok = 0;
  do :: ok -> break
     :: else ->
        f++; ok = !(aep[a] == f || (rd[a] && e0[a] == f) || (rq[a] == 4 && gep[a] == f));
        for (i : 0 .. NS-1) { if :: texp[T(i,a)] && tep[T(i,a)] == f -> ok = 0 :: else fi }
  od
}
inline FreeSlot() {
  m = NONE;
  for (i : 0 .. NR-1) { if :: !used[i] && m == NONE -> m = i :: else fi }
}
/* the server has no row any more, as far as it knows */
inline Abandon(s) {
  slot[s] = NONE; mine[s] = 0; ready[s] = 0; fl[s] = 0; flp[s] = 0; P[s] = 0; hb[s] = 0; SETCP(s, 0); NOLEASE(s);
#ifndef FAULT_KEEP
  for (i : 0 .. NA-1) { texp[T(s,i)] = 0; tep[T(s,i)] = 0 }
#endif
  for (i : 0 .. NA-1) { if :: con[i] == s && rq[i] == 2 || con[i] == s && rq[i] == 3 -> rq[i] = 1 :: else fi }
}
inline TickServer(s) {
#ifdef FAULT_BELIEVE
  if :: own[s] -> own[s]-- :: else fi;
  if :: flleft[s] -> flleft[s]-- :: else fi;
#endif
  if :: wleft[s] -> wleft[s]-- :: else fi;
  for (i : 0 .. NA-1) { if :: texp[T(s,i)] -> texp[T(s,i)]--; if :: !texp[T(s,i)] -> tep[T(s,i)] = 0 :: else fi :: else fi }
}
/* an epoch that cannot come back is forgotten, and the reader that read it begins again */
inline Forget() {
  for (i : 0 .. NA-1) {
    if :: aep[i] && !aexp[i] && !(rq[i] == 4 && rleft[i] && gep[i] == aep[i]) ->
          ok = 0; for (m : 0 .. NS-1) { if :: texp[T(m,i)] && tep[T(m,i)] == aep[i] -> ok = 1 :: else fi }
          if :: !ok -> aep[i] = 0 :: else fi
       :: else fi;
    if :: rd[i] && e0[i] != aep[i] && !(rq[i] == 4 && rleft[i] && gep[i] == e0[i]) ->
          ok = 0; for (m : 0 .. NS-1) { if :: texp[T(m,i)] && tep[T(m,i)] == e0[i] -> ok = 1 :: else fi }
          if :: !ok -> rd[i] = 0; e0[i] = 0 :: else fi
       :: else fi
  }
}
inline TickAgents() {
  for (i : 0 .. NA-1) {
    if :: aexp[i] -> aexp[i]-- :: else fi;
    if :: rleft[i] -> rleft[i]--; if :: !rleft[i] -> rq[i] = 0; gep[i] = 0 :: else fi :: else fi
  }
  Forget()
}


active proctype World() {
  d_step { for (i : 0 .. NS-1) { slot[i] = NONE; wslot[i] = NONE } Z }
  atomic { run Server(0); run Server(1); run Agent(0);
#if NA > 1
    run Agent(1)
#endif
  }
end:
  do
  /* ---- time */
#ifdef FREEZE
  :: d_step { TickServer(0); TickServer(1); TickAgents(); Z }
  :: d_step { TickServer(0); TickAgents(); Z }
#ifndef FREEZEONE
  :: d_step { TickServer(1); TickAgents(); Z }
#endif
#else
  :: d_step { for (j : 0 .. NS-1) { TickServer(j) } TickAgents(); Z }
#endif
  /* ---- a revocation is committed; a revoking call is answered */
  :: d_step { head < NREV -> head++; Z }
  :: d_step { ans < head ->
       m = head;
       for (i : 0 .. NR-1) { if :: used[i] -> f = 1; if :: rp[i] < m -> m = rp[i] :: else fi :: else fi }
       DURABLE;
       if :: f && m > ans -> ans = m :: else fi; Z }
#ifdef FAILOVER
  :: d_step { !failed && dur < head -> failed = 1; head = dur; assert(ans <= head);
       for (i : 0 .. NS-1) { if :: rapp[i] > head -> rapp[i] = head :: else fi }
       for (i : 0 .. NA-1) { if :: rpos[i] > head -> rpos[i] = head :: else fi } Z }
#endif
  od
}
  /* ---- servers */
proctype Server(byte s) {
end:
  do
#ifdef FAILOVER
     :: d_step { app[s] < SHOWN -> app[s]++; if :: rapp[s] + 1 == app[s] -> rapp[s]++ :: else fi; Z }
#else
     :: d_step { app[s] < head -> app[s]++; Z }
#endif
     /* registration */
#ifdef FAULT_HEADFIRST
     :: d_step { slot[s] == NONE && hb[s] == 0 -> hb[s] = 1 + head; Z }
     :: d_step { slot[s] == NONE && hb[s] -> FreeSlot();
          if :: m != NONE -> DURABLE; used[m] = 1; rp[m] = hb[s] - 1; slot[s] = m; mine[s] = 1; P[s] = hb[s] - 1; SETCP(s, P[s]); ready[s] = 1; hb[s] = 0
             :: else fi; Z }
#else
     :: d_step { slot[s] == NONE -> FreeSlot();
          if :: m != NONE -> DURABLE; used[m] = 1; slot[s] = m; mine[s] = 1; ready[s] = 0;
#ifdef FAULT_NULLROW
                rp[m] = 99
#else
                rp[m] = head
#endif
             :: else fi; Z }
     :: d_step { slot[s] != NONE && !ready[s] -> DURABLE; ready[s] = 1; P[s] = head; SETCP(s, P[s]); Z }
#endif
     /* a beat: P is computed and sent; committed or refused; the answer comes or is lost */
     :: d_step { slot[s] != NONE && ready[s] && fl[s] == 0 ->
          m = app[s];
          for (i : 0 .. NA-1) { if :: texp[T(s,i)] && tack[T(s,i)] < m -> m = tack[T(s,i)] :: else fi }
          if :: m > P[s] -> P[s] = m :: else fi;
          fl[s] = 1; flp[s] = P[s];
#ifdef FAULT_BELIEVE
          flleft[s] = D;
#endif
          for (i : 0 .. NA-1) { if :: con[i] == s && rq[i] == 1 -> rq[i] = 2 :: else fi }; Z }
     :: d_step { fl[s] == 1 ->
          if :: mine[s] && KNOWN(s) -> DURABLE; rp[slot[s]] = flp[s]; fl[s] = 2; for (i : 0 .. NS-1) { if :: wslot[i] == slot[s] -> wsame[i] = 0 :: else fi }
             :: else -> fl[s] = 3 fi; Z }
     :: d_step { fl[s] == 2 -> SETCP(s, flp[s]);
#ifdef FAULT_BELIEVE
          if :: flleft[s] > own[s] -> own[s] = flleft[s] :: else fi;
          flleft[s] = 0;
#endif
          for (i : 0 .. NA-1) { if :: con[i] == s && rq[i] == 2 -> rq[i] = 3 :: else fi }
          fl[s] = 0; flp[s] = 0; Z }
#ifdef LOSE
     :: d_step { fl[s] == 2 -> fl[s] = 0; flp[s] = 0; Z }
#endif
     :: d_step { fl[s] == 3 -> Abandon(s);
#if defined(FAILOVER) && !defined(FAULT_NOHASH)
          app[s] = rapp[s];     /* reads anew; its Agents come again */
          for (i : 0 .. NA-1) { if :: con[i] == s -> rq[i] = 0; rleft[i] = 0; gep[i] = 0; HELLO(i); tack[T(s,i)] = pos[i] :: else fi }
#endif
          Forget(); Z }
     :: d_step { crashes < CRASHES && slot[s] != NONE -> crashes++; Abandon(s);
          for (i : 0 .. NA-1) { texp[T(s,i)] = 0; tep[T(s,i)] = 0; tack[T(s,i)] = 0; if :: con[i] == s -> rq[i] = 0; rleft[i] = 0; gep[i] = 0 :: else fi }
#ifdef FAILOVER
          rapp[s] = 0;
#endif
          app[s] = 0; wslot[s] = NONE; wsame[s] = 0; wleft[s] = 0; Z }
     /* the dead */
#ifdef FAULT_WATCHSEND
     :: d_step { wslot[s] == NONE && !wsent[s] -> wsent[s] = 1; wleft[s] = WAIT; Z }
#define WATCH(r) :: d_step { wsent[s] && used[r] && r != slot[s] -> wsent[s] = 0; wslot[s] = r; wsame[s] = 1; Z }
#else
#define WATCH(r) :: d_step { wslot[s] == NONE && used[r] && r != slot[s] -> wslot[s] = r; wsame[s] = 1; wleft[s] = WAIT; Z }
#endif
     WATCH(0)
     WATCH(1)
     WATCH(2)
     :: d_step { wslot[s] != NONE && (wleft[s] == 0 || !wsame[s]) ->
          if :: wsame[s] -> DURABLE; used[wslot[s]] = 0; rp[wslot[s]] = 0;
                for (i : 0 .. NS-1) { if :: slot[i] == wslot[s] -> mine[i] = 0 :: else fi; if :: i != s && wslot[i] == wslot[s] -> wsame[i] = 0 :: else fi }
             :: else fi;
          wslot[s] = NONE; wsame[s] = 0; wleft[s] = 0; Z }
  od
}
  /* ---- Agents */
proctype Agent(byte a) {
end:
  do
#ifdef FAILOVER
     :: d_step { pos[a] < app[con[a]] -> pos[a]++; if :: rpos[a] + 1 == pos[a] && rapp[con[a]] >= pos[a] -> rpos[a]++ :: else fi; Z }
#else
     :: d_step { pos[a] < app[con[a]] -> pos[a]++; Z }
#endif
     :: d_step { tack[T(con[a],a)] < pos[a] -> tack[T(con[a],a)] = pos[a]; Z }
     :: d_step { rq[a] == 0 -> rq[a] = 1; rleft[a] = TTL; Z }
     :: d_step { rq[a] >= 1 && rq[a] <= 3 && ready[con[a]] && tack[T(con[a],a)] >= PG(con[a]) && MAY(con[a],a) ->
          if :: texp[T(con[a],a)] == 0 -> FreshEpoch(a); tep[T(con[a],a)] = f :: else fi;
          texp[T(con[a],a)] = TTL; gep[a] = tep[T(con[a],a)]; rq[a] = 4; Z }
     :: d_step { rq[a] == 4 -> if :: rleft[a] -> aep[a] = gep[a]; aexp[a] = rleft[a] :: else fi; rq[a] = 0; rleft[a] = 0; gep[a] = 0; Z }
     :: d_step { 1 -> con[a] = 1 - con[a]; rq[a] = 0; rleft[a] = 0; gep[a] = 0; HELLO(a);
          if :: texp[T(con[a],a)] == 0 -> tack[T(con[a],a)] = pos[a] :: else fi; Z }
     /* ---- the reader */
     :: d_step { rd[a] == 0 && aep[a] -> rd[a] = 1; e0[a] = aep[a]; Z }
     :: d_step { rd[a] == 1 -> if :: RPOS(a) < ans -> rd[a] = 2 :: else -> rd[a] = 0; e0[a] = 0 fi; Z }
     :: d_step { rd[a] == 2 -> assert(!(aexp[a] && aep[a] == e0[a]));
          rd[a] = 0; e0[a] = 0; Z }
  od
}
