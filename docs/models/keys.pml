/* Keys (docs/revocation-feed.md): published, rotated, withdrawn, another issuer for one start; an Agent by the tail, or by a snapshot read in pages.
 *
 * The log is a row of events: publish k, withdraw k. Whoever has got hold of a private key goes on signing with it. The Replica takes the last
 * word about a key, which is the worst that it may do. Leases as in promise.pml, in short: one that lives has what was answered.
 * Invariant 1: no gate under a lease trusts a key whose withdrawal was answered.
 * Invariant 2: the key that a pool signs with is not withdrawn, so what it signs is let in somewhere.
 * Invariant 3: every gate under a lease knows the key that a pool signs with: from the moment in which it signs after a routine rotation,
 * and from the answer on after a replacement at once.
 *
 *   spin -a [-Dflag] keys.pml && cc -O2 -w -DSAFETY -o pan pan.c && ./pan -m1000000 -w24      (a planted fault: -DBFS, whose trail is the shortest)
 *
 * Planted faults, each of which breaks an invariant:
 *   FAULT_REPUBLISH   the old issuer comes back, and so does its key   FAULT_FORGET  a withdrawal is forgotten before its publication
 *   FAULT_RETURN      the old issuer comes back, and its key signs again, though it is withdrawn
 *   FAULT_NOWAIT      a withdrawal is answered at once                 FAULT_EARLY   a lease before the snapshot has caught up
 *   FAULT_ENDFIRST    a snapshot counts as far as its last page was read, not as it was begun
 *   FAULT_SIGNFIRST   a key signs when it is published, and not when that is answered
 *   FAULT_KEEPNEXT    a replacement at once leaves the key that is to sign next, and it signs
 */
#ifndef NK
#define NK 3
#endif
#ifndef NE
#define NE 6
#endif
#define BIT(k) (1 << (k))
#define OUT 8

byte ev[NE]; byte size; byte kids; byte signs; byte withdrawn;   /* sets of keys are bits */
byte next; byte npub; byte spub; bit routine;   /* what is published and does not sign yet; the log's size at its publication and at the signing key's */
byte stolen;                     /* keys that were in other hands when a replacement was answered, or begun */
bit forgot[NE];
byte ans; byte dead;             /* events answered; keys among them that are withdrawn */
byte pos; byte live; bit lease;
bit snap; byte sbegin; byte spage; byte slive;
byte i;
#define Z i = 0
#define ROOM(n) (size + n <= NE)

inline Append(e) { ev[size] = e; size++ }
inline Apply(set, n) {
  if :: forgot[n] :: !forgot[n] && ev[n] < OUT -> set = set | BIT(ev[n]) :: else -> set = set & ~BIT(ev[n] - OUT) fi
}
inline Answer(n) {
  for (i : ans .. n - 1) { if :: ev[i] > OUT -> dead = dead | BIT(ev[i] - OUT) :: else fi }
  ans = n
}
inline Check() {
  assert(!(lease && (live & dead)));
  assert(!signs || !(withdrawn & BIT(signs)));
  assert(!(lease && (routine || ans >= spub) && !(live & BIT(signs))));
  assert(!(stolen & BIT(signs)))
}

active proctype World() {
  d_step { kids = 1; signs = 1; Append(1); spub = 1; Z }
end:
  do
  /* ---- rotation: a new key is published, then signs; the old one goes later */
  :: d_step { kids < NK && !next && ROOM(1) -> kids++; next = kids; Append(kids); npub = size; Z }
#ifdef FAULT_SIGNFIRST
#define KNOWN true
#else
#define KNOWN (ans >= npub)
#endif
  :: d_step { next && KNOWN -> signs = next; spub = npub; routine = 1; next = 0; npub = 0; Check(); Z }
#define WITHDRAW(k) :: d_step { kids >= k && signs != k && next != k && !(withdrawn & BIT(k)) && ROOM(1) -> withdrawn = withdrawn | BIT(k); Append(OUT + k); Z }
  WITHDRAW(1)
  WITHDRAW(2)
  /* ---- a replacement at once, or another issuer: all keys, in one commit */
  :: d_step { kids < NK && ROOM(3) ->
       stolen = BIT(signs); withdrawn = withdrawn | BIT(signs); Append(OUT + signs);
       if :: next -> stolen = stolen | BIT(next);
#ifndef FAULT_KEEPNEXT
          withdrawn = withdrawn | BIT(next); Append(OUT + next); next = 0; npub = 0
#endif
          :: else fi;
       kids++; signs = kids; Append(kids); spub = size; routine = 0; Check(); Z }
#ifdef FAULT_REPUBLISH
  :: d_step { signs != 1 && (withdrawn & BIT(1)) && ROOM(1) -> withdrawn = withdrawn & ~BIT(1); signs = 1; Append(1); Z }
#endif
#ifdef FAULT_RETURN
  :: d_step { signs != 1 -> signs = 1; Check(); Z }
#endif
#ifdef FAULT_FORGET
  :: d_step { size > 1 && ev[1] > OUT && !forgot[1] -> forgot[1] = 1; Z }
  :: d_step { size > 2 && ev[2] > OUT && !forgot[2] -> forgot[2] = 1; Z }
#endif
  /* ---- answers */
#ifdef FAULT_NOWAIT
#define WAITED true
#else
#define WAITED (!lease || pos >= size)
#endif
  :: d_step { ans < size && WAITED -> Answer(size); Check(); Z }
  /* ---- the Agent */
  :: d_step { !snap && pos < size -> Apply(live, pos); pos++; Check(); Z }
#ifdef FAULT_EARLY
#define CAUGHT true
#else
#define CAUGHT (pos >= ans)
#endif
  :: d_step { !lease && !snap && CAUGHT -> lease = 1; Check(); Z }
  :: d_step { lease -> lease = 0; Z }
  :: d_step { !snap -> snap = 1; lease = 0; sbegin = size; spage = 0; slive = 0; pos = 0; live = 0; Z }
  :: d_step { snap && spage < size -> Apply(slive, spage); spage++; Z }
  :: d_step { snap && spage >= sbegin -> snap = 0; live = slive; slive = 0;
#ifdef FAULT_ENDFIRST
       pos = size;
#else
       pos = sbegin;
#endif
       sbegin = 0; spage = 0; Check(); Z }
  od
}
