/* The log's lineage (docs/revocation-feed.md): backups, restores in turns, `recover`, the file beside the store, what Agents show of where they were.
 *
 * Time is only what depends on it: a lease lapses at any moment, and the hold after a start lasts until every lease of earlier starts has lapsed
 * (promise.pml shows that it does). Each revocation is an event of its own, 1 .. NEV, for a token of its own; a log is the set of its events, in
 * their order, so that (log id, set) is a position with its hash. `recover` is such an event too, and kills every token made before it.
 * Invariant 1: an Agent that holds a lease has every event that was answered, or one of a later `recover`.
 * Invariant 2: the alarm ("this store was restored") is raised only after a restore, and by one foreign log id at most once after it.
 *
 *   spin -a [-Dflag] lineage.pml && cc -O2 -w -DSAFETY -o pan pan.c && ./pan -m1000000 -w24      (a planted fault: -DBFS, whose trail is the shortest)
 *
 * What is copied (KIND; KIND1 the second copy, with NB=2): 1 `sallyport backup`, with its mark inside; 2 the database alone, the file beside it
 * stays; 4 the whole directory of a stopped server, the file included. NB copies, RESTORES, STARTS, NEV events.
 * What a restore of kind 4 can be told by is an Agent that was further, so there is one (also where a copy of another
 * kind is put into such a directory), and it says Hello before the hold ends (see LATE).
 * The file's head is written up to a second after a commit: a restore of kind 2 is assumed to take longer than that (see LASTSECOND).
 * Limits, which the model shows, and the guide says:  LATE  there is no such Agent, or it comes after the hold
 *                                                     LASTSECOND  the server ends, and its store is restored, before the file knew of the last commit
 * Planted faults, each of which breaks an invariant:
 *   FAULT_UNKNOWNID  a log id never heard of gets a snapshot         FAULT_SAMEID    recover keeps the log's id
 *   FAULT_NOPAST     recover forgets its past ids                    FAULT_NOSEEN    recover forgets the foreign id that raised the alarm
 *   FAULT_AHEAD      one that is ahead gets a snapshot               FAULT_BELIEVE   a position without a mark is believed
 *   FAULT_FRESH      one without a place gets a lease in the hold    FAULT_LAPSED    in the hold, the tail is enough for a lease
 *   FAULT_NOGEN      the file's generation is not compared           FAULT_NOHEAD    the file's head is not compared
 *   FAULT_NOBACKUPMARK  a backup has no mark (with LASTSECOND)       FAULT_FILEFIRST the generation is written to the file first
 */
#ifndef NEV
#define NEV 3
#endif
#ifndef NB
#define NB 1
#endif
#ifndef KIND
#define KIND 4
#endif
#ifndef KIND1
#define KIND1 2
#endif
#ifndef RESTORES
#define RESTORES 2
#endif
#ifndef STARTS
#define STARTS 6
#endif
#define NA 2
#define NID 5
#define BIT(n) (1 << (n))

/* the world: events so far, those answered, those that each recover kills; log ids so far */
byte events; byte answered; byte kills[NEV+1]; byte ids; byte restores, starts;
bit rolled; bit back; byte lost;  /* truth: restored, and not recovered since; the file too; ids of logs that a restore has lost */
/* the store: log id, events, generation, ids of its past, backup's mark, known to be restored, a foreign id that said so */
byte sid = 1; byte log; byte gen; byte past; bit bmark; bit bad; byte seen;
/* the file beside it */
byte fid = 1; byte flog; byte fgen;
/* copies */
byte kkind[NB]; byte kid[NB]; byte klog[NB]; byte kgen[NB]; byte kpast[NB]; byte kfid[NB]; byte kflog[NB]; byte kfgen[NB];
/* the server: 0 down, 1 generation written to one of the two, 2 up */
byte up; bit hold;
/* Agents: place, whether its lease lives, and whether an earlier start gave it; 1 resumed by the tail, 2 by a snapshot; whether it said Hello at all */
byte aid[NA]; byte alog[NA]; bit lease[NA]; bit old[NA]; byte con[NA];
byte alarmed;                     /* foreign ids that raised an alarm */
byte i, m;
#define Z i = 0; m = 0

#define FURTHER(a) (aid[a] && (aid[a] != sid && !(past & BIT(aid[a])) || aid[a] == sid && (alog[a] & ~log)))
/* every token is dead whose event the set has, or that is older than a recover in the set */
inline Dead(set) {
  m = set;
  for (i : 1 .. NEV) { if :: set & BIT(i) -> m = m | kills[i] :: else fi }
}
inline Check() {
  for (a : 0 .. NA-1) { if :: lease[a] -> Dead(alog[a]); assert(!(answered & ~m)) :: else fi }
}
inline Alarm(a) {
  assert(rolled || (lost & BIT(aid[a]) & ~alarmed));
  if :: aid[a] != sid -> alarmed = alarmed | BIT(aid[a]); seen = seen | BIT(aid[a]) :: else fi;
  bad = 1; con[a] = 0
}
inline Down() { up = 0; hold = 0; for (i : 0 .. NA-1) { con[i] = 0; old[i] = lease[i] } }

#ifdef FAULT_NOGEN
#define GENAHEAD false
#else
#define GENAHEAD (fgen > gen)
#endif
#ifdef FAULT_NOHEAD
#define HEADAHEAD false
#else
#define HEADAHEAD ((flog & ~log) != 0)
#endif
#ifdef FAULT_NOBACKUPMARK
#define BACKUPMARK(b) bmark = 0
#else
#define BACKUPMARK(b) bmark = (kkind[b] == 1)
#endif
#define ONLINE(kind) (kind == 4 -> 0 : 2)
#define LOST(b) lost = lost | (BIT(sid) | past) & ~(BIT(kid[b]) | kpast[b])
/* a copy of an earlier run is told by its generation, one of this run by the file's head */
#ifdef LASTSECOND
#define SETTLED(b) true
#else
#define SETTLED(b) (rolled || bad || kkind[b] == 4 || flog == log || kgen[b] < fgen)
#endif
#ifdef LATE
#define COMES(a) true
#define WITNESS(b, a) true
#else
#define COMES(a) (con[a] || !FURTHER(a))
#define WITNESS(b, a) (aid[a] && (aid[a] != kid[b] && !(kpast[b] & BIT(aid[a])) || aid[a] == kid[b] && (alog[a] & ~klog[b])))
#endif
#if defined(FAULT_UNKNOWNID)
#define ALARMS(x) (aid[x] == sid)
#elif defined(FAULT_AHEAD)
#define ALARMS(x) (aid[x] != sid)
#else
#define ALARMS(x) true
#endif
#if defined(FAULT_FRESH)
#define INHOLD(x) true
#elif defined(FAULT_LAPSED)
#define INHOLD(x) (con[x] == 1)
#else
#define INHOLD(x) false
#endif

byte a;
active proctype World() {
  d_step { ids = 1; Z }
end:
  do
  /* ---- an operator: a copy (of a store that is closed, or kind 1 and 2 online), a restore, recover */
#define COPY(b, kind) :: d_step { kkind[b] == 0 && !bad && !rolled && restores < RESTORES && up == ONLINE(kind) -> \
         kkind[b] = kind; kid[b] = sid; klog[b] = log; kgen[b] = gen; kpast[b] = past; \
         if :: kind == 4 -> kfid[b] = fid; kflog[b] = flog; kfgen[b] = fgen :: else fi; Z }
  COPY(0, KIND)
#define RESTORE(b) :: d_step { up == 0 && kkind[b] && restores < RESTORES && SETTLED(b) && (kkind[b] != 4 && !back || WITNESS(b, 0) || WITNESS(b, 1)) -> restores++; LOST(b);  \
         sid = kid[b]; log = klog[b]; gen = kgen[b]; past = kpast[b]; BACKUPMARK(b); bad = 0; seen = 0; alarmed = 0; rolled = 1; \
         if :: kkind[b] == 4 -> back = 1; fid = kfid[b]; flog = kflog[b]; fgen = kfgen[b] :: else fi; Z }
  RESTORE(0)
#if NB > 1
  COPY(1, KIND1)
  RESTORE(1)
#endif
  :: d_step { up == 0 && events < NEV && ids < NID-1 -> events++; ids++;
       kills[events] = BIT(events) - 2;
       log = log | BIT(events);
#ifndef FAULT_NOPAST
       past = past | BIT(sid) | BIT(fid);
#endif
#ifndef FAULT_NOSEEN
       past = past | seen;
#endif
#ifndef FAULT_SAMEID
       sid = ids;
#endif
       if :: fgen > gen -> gen = fgen :: else fi; gen++;
       bad = 0; bmark = 0; seen = 0; rolled = 0; back = 0; fid = sid; flog = log; fgen = gen; Z }
  /* ---- the server's start: is the store the one that the file knows? then the generation goes up, in the store, then in the file */
  :: d_step { up == 0 && starts < STARTS && !bad -> starts++;
       if :: bmark || fid != sid || GENAHEAD || HEADAHEAD -> assert(rolled); bad = 1; up = 2
          :: else -> up = 1;
#ifdef FAULT_FILEFIRST
             fgen = gen + 1
#else
             gen = gen + 1
#endif
       fi; hold = 1; Z }
  :: d_step { up == 1 ->
#ifdef FAULT_FILEFIRST
       gen = fgen;
#else
       fgen = gen;
#endif
       flog = log; up = 2; Z }
  :: d_step { up == 2 && !bad && flog != log -> flog = log; Z }
  :: d_step { up -> Down(); Z }
  :: d_step { up == 2 && hold && !old[0] && !old[1] && (bad || COMES(0) && COMES(1)) -> hold = 0; Z }
  /* ---- revocations, and their answers */
  :: d_step { up == 2 && !bad && events < NEV -> events++; log = log | BIT(events); kills[events] = 0; Z }
  :: d_step { up == 2 && !bad && !hold && (log & ~answered) && (!lease[0] || !(log & ~alog[0])) && (!lease[1] || !(log & ~alog[1])) ->
       answered = answered | log; Check(); a = 0; Z }
  /* ---- an Agent: Hello with its mark; entries; a lease; its end. One that claims a place: with no mark, or another's */
#define AGENT(x) \
  :: d_step { up == 2 && !con[x] && !bad -> \
       if :: aid[x] == sid && !(alog[x] & ~log) -> con[x] = 1 \
          :: FURTHER(x) && ALARMS(x) -> Alarm(x) \
          :: else -> lease[x] = 0; old[x] = 0; con[x] = 2; aid[x] = sid; alog[x] = log \
       fi; Check(); a = 0; Z } \
  :: d_step { con[x] && alog[x] != log -> alog[x] = log; Z } \
  :: d_step { con[x] && !bad && !lease[x] && alog[x] == log && (!hold || INHOLD(x)) -> lease[x] = 1; old[x] = 0; Check(); a = 0; Z } \
  :: d_step { con[x] && !bad && lease[x] && old[x] && (con[x] == 1) && alog[x] == log -> old[x] = 0; Check(); a = 0; Z } \
  :: d_step { lease[x] -> lease[x] = 0; old[x] = 0; Z }
  AGENT(0)
  AGENT(1)
#ifdef FAULT_BELIEVE
  :: d_step { up == 2 && !bad && aid[1] == sid -> assert(rolled); bad = 1; Z }
#endif
  od
}
