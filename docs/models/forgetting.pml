/* What may be forgotten, and what time it is (docs/revocation-feed.md): one token, one revocation, a wall clock that is set forwards and back, starts
 * of the server, Agents (NA) that have the entry or take a snapshot, and the time that gates judge `exp` by.
 *
 * t is the true time, which CLOCK_MONOTONIC counts; the wall clock shows t + off - OFF. One unit stands for some minutes; V is how long a token lives.
 * F: forget before; W: the greatest F by which anything was dropped; H: no token was issued by a later time. `p...`: as persisted.
 * Invariant 1: no gate under a lease allows the token after its revocation was answered.
 * Invariant 2: W is never ahead of the true time, so a clock that was ahead and is put right leaves the server's time where it belongs.
 *
 *   spin -a [-Dflag] forgetting.pml && cc -O2 -w -DSAFETY -o pan pan.c && ./pan -m1000000 -w24      (a planted fault: -DBFS, whose trail is the shortest)
 *
 * T: how long; STEPS of the clock; STARTS of the server; a clock is ahead for less than AGREE units, and after AGREE units without a step it is believed
 * Planted faults, each of which breaks an invariant:
 *   FAULT_WALL        entries are dropped by the wall clock            FAULT_NOMONOTONIC  F follows the wall clock
 *   FAULT_NOW         the server's time is the wall clock, not max(wall, W)
 *   FAULT_NOGRANT     a grant carries the wall clock only              FAULT_WLATE        dropped first, W persisted later
 *   FAULT_NOH         keep_until does not look at H                    FAULT_HLATE        H is persisted after a token was issued by it
 *   FAULT_OWNCLOCK    an Agent drops by its own host's clock           FAULT_EARLY        the wall clock is believed after one unit
 *   FAULT_SKIPWALL    a sign-out skips tokens that have expired by the wall clock
 *   FAULT_SKIPF       it skips them by an F that is not yet in W       FAULT_SKIPW       by a W that not every live lease was granted with
 */
#ifndef T
#define T 7
#endif
#ifndef V
#define V 2
#endif
#ifndef STEPS
#define STEPS 2
#endif
#ifndef STARTS
#define STARTS 1
#endif
#define AGREE 3
#define OFF 3
#define SLACK 1
#ifndef NA
#define NA 1
#endif

byte t = OFF; byte off = OFF; byte steps, starts;
byte ahead, agreed;                  /* units since the clock was set ahead; units of this run without a step */
byte F = OFF; byte W = OFF; byte H = OFF;
byte pF = OFF; byte pW = OFF; byte pH = OFF;
byte gW;                             /* the least W that a live lease was granted with */
byte exp; byte keep;                 /* of the token, of its entry; 0: there is none */
bit answered; bit log;               /* the log has the entry */
/* an Agent: its lease, its gates' time, whether its Replica has the entry, whether it ever had (or took a snapshot after it) */
bit lease[NA]; byte time[NA]; bit has[NA]; bit got[NA]; byte fl[NA];
bit revoked;
byte i;
#define Z i = 0
#define WALL (t + off - OFF)
#define MAX(a, b) ((a) > (b) -> (a) : (b))
#define MIN(a, b) ((a) < (b) -> (a) : (b))
#ifdef FAULT_NOW
#define NOW WALL
#else
#define NOW MAX(WALL, W)
#endif
#ifdef FAULT_NOGRANT
#define GRANTED WALL
#else
#define GRANTED NOW
#endif
#ifdef FAULT_EARLY
#define BELIEVED 1
#else
#define BELIEVED AGREE
#endif
#ifdef FAULT_HLATE
#define PERSISTH
#else
#define PERSISTH ; pH = H
#endif
#if defined(FAULT_WALL)
#define DROPS (keep < WALL)
#elif defined(FAULT_WLATE)
#define DROPS (keep < F)
#else
#define DROPS (keep < pW)
#endif
#ifdef FAULT_NOH
#define KEEPFROM WALL
#else
#define KEEPFROM MAX(NOW, H)
#endif
#if defined(FAULT_SKIPWALL)
#define SKIPS (exp <= WALL)
#elif defined(FAULT_SKIPF)
#define SKIPS (exp < F)
#elif defined(FAULT_SKIPW)
#define SKIPS (exp < pW)
#else
#define SKIPS (exp < gW)
#endif

#define HELD(x) (lease[x] && !got[x] && keep)
#if NA > 1
#define BEHIND (HELD(0) + HELD(1))
#else
#define BEHIND HELD(0)
#endif
inline Check() {
  for (i : 0 .. NA-1) { assert(!(answered && lease[i] && !has[i] && time[i] < exp)) }
}

active proctype World() {
end:
  do
  /* ---- time: a lease is for less than a unit, so it needs a grant in each */
  :: d_step { t < T + OFF && !(off > OFF && ahead >= AGREE - 1) -> t++;
       if :: off > OFF -> ahead++ :: else fi;
       if :: agreed < AGREE -> agreed++ :: else fi;
#ifdef FAULT_NOMONOTONIC
       F = MAX(F, WALL);
#else
       F = MIN(MAX(WALL, F), F + 1);
       if :: agreed >= BELIEVED && WALL - SLACK > F -> F = WALL - SLACK :: else fi;
#endif
       pF = F;
#ifdef FAULT_HLATE
       pH = H;
#endif
       for (i : 0 .. NA-1) { lease[i] = 0; time[i] = 0 } gW = W; Z }
  :: d_step { steps < STEPS && off <= OFF -> steps++; off = OFF + 3; ahead = 0; agreed = 0; Z }
  :: d_step { steps < STEPS && off >= OFF -> steps++; off = OFF - 2; ahead = 0; agreed = 0; Z }
  :: d_step { off != OFF -> off = OFF; ahead = 0; agreed = 0; Z }
  :: d_step { starts < STARTS -> starts++; F = MIN(WALL, pF); W = pW; H = pH; agreed = 0; gW = 0; Z }
  /* ---- the server: W first, persisted, then what is older goes */
  :: d_step { F > W -> W = F; pW = W; assert(W <= t); Z }
  :: d_step { log && DROPS -> log = 0; Z }
  :: d_step { !exp -> H = MAX(H, NOW) PERSISTH; exp = NOW + V; Z }
  :: d_step { exp && !revoked -> revoked = 1; if :: SKIPS -> log = 0 :: else -> log = 1; keep = KEEPFROM + V fi; Z }
  :: d_step { revoked && !answered && BEHIND == 0 -> answered = 1; Check(); Z }
  /* ---- an Agent: the tail or a snapshot, a grant with the time and W, what it may drop */
#define AGENT(x) \
  :: d_step { revoked && !got[x] && log -> got[x] = 1; has[x] = 1; Z } \
  :: d_step { !lease[x] && revoked && (!got[x] || has[x] != log) -> got[x] = 1; has[x] = log; fl[x] = 0; Z } \
  :: d_step { !lease[x] && (!answered || got[x] || !keep) -> lease[x] = 1; time[x] = MAX(GRANTED, fl[x]); Check(); Z } \
  :: d_step { lease[x] && has[x] && keep < W -> has[x] = 0; fl[x] = W; time[x] = MAX(time[x], W); Check(); Z }
  AGENT(0)
#if NA > 1
  AGENT(1)
#endif
#ifdef FAULT_OWNCLOCK
  :: d_step { lease[0] && has[0] && keep < t + 3 -> has[0] = 0; Check(); Z }
#endif
  od
}
