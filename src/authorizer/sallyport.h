/* The gate as a C library: libsallyport_authorizer.
 *
 * Thread-safety: a sallyport_gate and everything made from it may be used by one thread at a time
 * (an nginx worker makes its own after fork). No function blocks, starts a thread, or throws.
 * Strings are (pointer, length) and not terminated, unless it is said that they are.
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

/* Deny is 0, so that zeroed memory denies. */
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
  /* 401 or 403, according to the rule */
  SALLYPORT_REASON_INSUFFICIENT_SCOPE,
  /* The gate cannot know whether the token is revoked, so it denies: 401, as for a refused token.
   * The operator's log tells the two apart. */
  /* The Replica is missing, empty, of another boot or owner, or has a bad header: see
   * sallyport_gate_problem. */
  SALLYPORT_REASON_REPLICA_UNUSABLE,
  /* The lease has expired; or during the decision the Replica was replaced twice, or its epoch
   * changed twice. */
  SALLYPORT_REASON_NO_LEASE,
  /* Somebody else had to be asked about the token, and gave no answer. No gate that decides by the
   * Replica alone has this reason. */
  SALLYPORT_REASON_NO_ANSWER
} sallyport_reason;

/* How many reasons there are. */
#define SALLYPORT_REASON_COUNT (SALLYPORT_REASON_NO_ANSWER + 1)

/* A word for logs, for example "revoked". Static and terminated. */
SALLYPORT_EXPORT const char* sallyport_reason_name(sallyport_reason reason);

typedef enum {
  /* Refuses revoked tokens; denies everything without a lease. */
  SALLYPORT_MODE_LIVE = 0,
  /* As API Gateway's authorizer: uses the Replica's keys and ignores revocations and lease. */
  SALLYPORT_MODE_STATELESS = 1
} sallyport_mode;

/* Of API Gateway's two kinds of APIs, the one by whose rules tokens are accepted and denials are
 * answered (docs/api-gateway.md). */
typedef enum {
  /* REST API, COGNITO_USER_POOLS: without scopes an ID token is required, with scopes an access
   * token. */
  SALLYPORT_STYLE_REST = 0,
  /* HTTP API, JWT: an ID token or an access token; with scopes, one that has a `scope`. */
  SALLYPORT_STYLE_HTTP = 1
} sallyport_style;

typedef struct sallyport_gate sallyport_gate;
typedef struct sallyport_rule sallyport_rule;
typedef struct sallyport_token sallyport_token;

typedef struct {
  const char* replica_path; /* terminated */
  /* The uid that must own the Replica. Its directory, and each one above, must be owned by that
   * user or root and not be writable for others. */
  uint32_t replica_owner;
  /* How many verified tokens are cached, rounded up to a power of two, about 3 KB each; 0: no
   * cache. */
  uint32_t cache_tokens;
} sallyport_gate_options;

/* NULL only when memory is exhausted. A Replica that cannot be used is no error here: it may be
 * created later, and until then every decision in live mode is a Deny. */
SALLYPORT_EXPORT sallyport_gate* sallyport_gate_new(const sallyport_gate_options* options);
SALLYPORT_EXPORT void sallyport_gate_free(sallyport_gate* gate);
/* A text for the error log that says why the Replica cannot be used; empty if it can. Terminated,
 * and valid until the next call. */
SALLYPORT_EXPORT const char* sallyport_gate_problem(sallyport_gate* gate);

/* Tests a configuration: whether gates would refuse any Replica at that path because its directory,
 * or one above, belongs to another user or is writable for others. 1: they would, and `problem` is
 * a terminated text that says why. 0: they would not, or a directory does not exist yet. */
SALLYPORT_EXPORT int sallyport_place_problem(const char* replica_path, uint32_t replica_owner,
                                             char* problem, size_t size);

typedef struct {
  sallyport_mode mode;
  const sallyport_string* issuers; /* the issuers whose tokens are accepted; at least one */
  size_t issuer_count;
  /* The accepted values of aud or client_id; none: every client of the issuers. */
  const sallyport_string* clients;
  size_t client_count;
  /* A token must have one of them, if there are any; what else they mean depends on the style. */
  const sallyport_string* scopes;
  size_t scope_count;
  uint32_t leeway_seconds; /* on exp and nbf; at most SALLYPORT_GREATEST_LEEWAY */
  sallyport_style style;
} sallyport_rule_options;

#define SALLYPORT_GREATEST_LEEWAY 300

/* NULL where the options are invalid; then *problem is a static, terminated text that says why. */
SALLYPORT_EXPORT sallyport_rule* sallyport_rule_new(const sallyport_rule_options* options,
                                                    const char** problem);
SALLYPORT_EXPORT void sallyport_rule_free(sallyport_rule* rule);

/* Issuers are compared byte for byte. NULL: it may be the issuer of a user pool. Otherwise it could
 * never match, and the static, terminated text, which follows the issuer in a message, says why. */
SALLYPORT_EXPORT const char* sallyport_issuer_problem(const char* issuer, size_t size);

typedef struct {
  sallyport_verdict verdict;
  sallyport_reason reason;
  /* The verified token. The caller owns one reference and has to release it. Set whenever the
   * signature was made by a key of the token's issuer, even if the verdict is Deny; NULL
   * otherwise. */
  sallyport_token* token;
} sallyport_decision;

/* Decides on `token`, which is the compact JWS without "Bearer ". docs/replica-format.md, "A
 * decision", has the order of the checks. */
SALLYPORT_EXPORT sallyport_decision sallyport_authorize(sallyport_gate* gate,
                                                        const sallyport_rule* rule,
                                                        const char* token, size_t size);

/* The answer to a denied request, as API Gateway gives it. */
typedef struct {
  int status;
  sallyport_string body;         /* JSON */
  sallyport_string error_type;   /* x-amzn-ErrorType; empty: no such header */
  sallyport_string authenticate; /* WWW-Authenticate, RFC 6750 section 3 */
} sallyport_denial;

/* `scope_status` is 401 or 403: how the rule answers a token without the scope; 0: as API Gateway
 * does, which is 401 for a REST API and 403 for an HTTP API. The strings are static. */
SALLYPORT_EXPORT sallyport_denial sallyport_denial_of(sallyport_reason reason, int scope_status,
                                                      sallyport_style style);

/* Finds the compact JWS in the value of an Authorization header: what follows "Bearer " in any
 * letter case (RFC 6750), or else the whole value (which API Gateway accepts). Spaces around it are
 * removed. Empty if there is none. */
SALLYPORT_EXPORT sallyport_string sallyport_bearer(const char* header, size_t size);

SALLYPORT_EXPORT void sallyport_token_ref(sallyport_token* token);
SALLYPORT_EXPORT void sallyport_token_unref(sallyport_token* token);
/* Gives the claim as text (see jose::FindClaim). 1: the token has it. *value points into the token
 * and is valid as long as the token is referenced. */
SALLYPORT_EXPORT int sallyport_token_claim(sallyport_token* token, const char* name, size_t size,
                                           sallyport_string* value);

#ifdef __cplusplus
} /* extern "C" */
#endif

#endif /* SALLYPORT_AUTHORIZER_SALLYPORT_H_ */
