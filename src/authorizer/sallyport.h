/* The gate as a C library: libsallyport_authorizer.
 *
 * Thread-safety: a sallyport_gate and everything made from it belongs to one thread at a time (an
 * nginx worker makes its own after fork). Nothing here blocks, starts a thread, or throws. Strings
 * are (pointer, length), not terminated, unless said otherwise.
 */
#ifndef SALLYPORT_AUTHORIZER_SALLYPORT_H_
#define SALLYPORT_AUTHORIZER_SALLYPORT_H_

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define SALLYPORT_EXPORT __attribute__((visibility("default")))

typedef struct {
  const char* data;
  size_t size;
} sallyport_string;

/* Deny is 0: memory that nobody wrote denies. */
typedef enum { SALLYPORT_DENY = 0, SALLYPORT_ALLOW = 1 } sallyport_verdict;

typedef enum {
  SALLYPORT_REASON_NONE = 0, /* only with ALLOW; with DENY: an internal failure */
  /* 401 {"message":"Unauthorized"} */
  SALLYPORT_REASON_NO_TOKEN,
  SALLYPORT_REASON_MALFORMED,   /* size cap, base64url, JSON, header */
  SALLYPORT_REASON_UNKNOWN_KEY, /* no live key of that kid for a pinned issuer */
  SALLYPORT_REASON_BAD_SIGNATURE,
  SALLYPORT_REASON_WRONG_ISSUER,
  SALLYPORT_REASON_WRONG_TOKEN_USE,
  SALLYPORT_REASON_WRONG_CLIENT,
  SALLYPORT_REASON_NOT_YET_VALID,
  SALLYPORT_REASON_REVOKED,
  /* 401 {"message":"The incoming token has expired"} */
  SALLYPORT_REASON_EXPIRED,
  /* 401 or 403, as the rule says */
  SALLYPORT_REASON_INSUFFICIENT_SCOPE,
  /* The gate cannot know, so it denies: 401 like a refused token; the operator's log says which */
  SALLYPORT_REASON_REPLICA_UNUSABLE, /* missing, empty, foreign, other boot, other owner, bad
                                        header: see sallyport_gate_problem */
  SALLYPORT_REASON_NO_LEASE          /* lapsed, superseded twice, or epoch changed twice */
} sallyport_reason;

/* A word for logs: "revoked". Static, terminated. */
SALLYPORT_EXPORT const char* sallyport_reason_name(sallyport_reason reason);

typedef enum {
  SALLYPORT_MODE_LIVE = 0, /* refuses revoked tokens; needs a lease */
  SALLYPORT_MODE_STATELESS =
      1 /* API Gateway's authorizer: keys from the Replica, revocations and lease ignored */
} sallyport_mode;

typedef struct sallyport_gate sallyport_gate;
typedef struct sallyport_rule sallyport_rule;
typedef struct sallyport_token sallyport_token;

typedef struct {
  const char* replica_path; /* terminated */
  uint32_t replica_owner;   /* uid that must own the Replica; it or root owns the directory, and all
                               above, and nobody else may write there */
  uint32_t cache_tokens;    /* verified tokens kept, rounded up to a power of two, about 3 KB each;
                               0: no cache */
} sallyport_gate_options;

/* Never NULL except when memory is exhausted. A Replica that cannot be used is not an error here:
 * it may come later, and until then every live decision is a Deny. */
SALLYPORT_EXPORT sallyport_gate* sallyport_gate_new(const sallyport_gate_options* options);
SALLYPORT_EXPORT void sallyport_gate_free(sallyport_gate* gate);
/* Why the Replica was last found unusable, in words for the error log; empty if it is usable. Valid
 * until the next call. Terminated. */
SALLYPORT_EXPORT const char* sallyport_gate_problem(sallyport_gate* gate);

/* Writes into `problem`, in words and terminated, why gates would refuse any Replica of that path:
 * which directory, of it and those above, is another user's or may be written by others. 1: there
 * is a problem. 0: there is none, or a directory is not there yet. For the test of a configuration.
 */
SALLYPORT_EXPORT int sallyport_place_problem(const char* replica_path, uint32_t replica_owner,
                                             char* problem, size_t size);

typedef struct {
  sallyport_mode mode;
  const sallyport_string* issuers; /* pinned; at least one */
  size_t issuer_count;
  const sallyport_string* clients; /* allowed aud / client_id; none: any client of the issuers */
  size_t client_count;
  const sallyport_string*
      scopes; /* none: an ID token is needed; some: an access token with any of them */
  size_t scope_count;
  uint32_t leeway_seconds; /* on exp and nbf; at most SALLYPORT_GREATEST_LEEWAY */
} sallyport_rule_options;

#define SALLYPORT_GREATEST_LEEWAY 300

/* NULL, with a static terminated text in *problem, where the options are invalid. */
SALLYPORT_EXPORT sallyport_rule* sallyport_rule_new(const sallyport_rule_options* options,
                                                    const char** problem);
SALLYPORT_EXPORT void sallyport_rule_free(sallyport_rule* rule);

typedef struct {
  sallyport_verdict verdict;
  sallyport_reason reason;
  /* The verified token, with one reference that is the caller's: set whenever the signature was
   * good and made by a key of the token's own issuer, also on a Deny. NULL otherwise. */
  sallyport_token* token;
} sallyport_decision;

/* Decides on `token`: the compact JWS alone, no "Bearer ". Order of checks: docs/replica-format.md,
 * "A decision". */
SALLYPORT_EXPORT sallyport_decision sallyport_authorize(sallyport_gate* gate,
                                                        const sallyport_rule* rule,
                                                        const char* token, size_t size);

/* The compact JWS within the value of an Authorization header: after "Bearer " in any case if it is
 * there (RFC 6750), else the whole value (as API Gateway takes it). Spaces around are dropped.
 * Empty if there is none. */
SALLYPORT_EXPORT sallyport_string sallyport_bearer(const char* header, size_t size);

SALLYPORT_EXPORT void sallyport_token_ref(sallyport_token* token);
SALLYPORT_EXPORT void sallyport_token_unref(sallyport_token* token);
/* The claim as text (see jose::FindClaim). 1 if present. *value points into the token, valid while
 * it is referenced. */
SALLYPORT_EXPORT int sallyport_token_claim(sallyport_token* token, const char* name, size_t size,
                                           sallyport_string* value);

#ifdef __cplusplus
} /* extern "C" */
#endif

#endif /* SALLYPORT_AUTHORIZER_SALLYPORT_H_ */
