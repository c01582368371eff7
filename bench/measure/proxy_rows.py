"""Other proxies, as docs/guide/proxies configures them: asking the agent, and with the check of JWTs that some have themselves.

A proxy's own check is of the signature, the issuer and the time: none of them knows revocations."""
import base64
import contextlib
import json
import os
import pathlib
import sys
import tempfile
import urllib.request

from processes import ROOT
from statistics_of_pairs import median
from wrk import Wrk

# Apache, which has 25 threads as the test starts it, closes idle connections where it has no thread to spare.
CONNECTIONS = 16

ENVOYS_OWN = """
          - name: envoy.filters.http.jwt_authn
            typed_config:
              "@type": type.googleapis.com/envoy.extensions.filters.http.jwt_authn.v3.JwtAuthentication
              providers:
                pool: {{ issuer: "{issuer}", forward: true, local_jwks: {{ inline_string: '{jwks}' }} }}
              rules: [ {{ match: {{ prefix: / }}, requires: {{ provider_name: pool }} }} ]
"""
HAPROXYS_OWN = """
  http-request set-var(txn.bearer) http_auth_bearer
  http-request set-var(txn.alg) var(txn.bearer),jwt_header_query('$.alg')
  http-request deny deny_status 401 unless {{ var(txn.alg) -m str RS256 }}
  http-request deny deny_status 401 unless {{ var(txn.bearer),jwt_payload_query('$.iss') -m str {issuer} }}
  http-request deny deny_status 401 unless {{ var(txn.bearer),jwt_verify(txn.alg,"{pem}") -m int 1 }}
"""


def cut(text, begin, end, instead):
    """`text` with `instead` in the place of what begins with `begin`, up to `end`."""
    start = text.index(begin)
    return text[:start] + instead.lstrip("\n") + text[text.index(end, start):]


def with_own_check(makes, issuer, jwks, pem):
    """Proxies of the guides that check tokens themselves instead of asking the agent, with the name of their check."""
    class EnvoyAlone(makes["envoy"]):
        def write(self, name, text):
            return super().write(name, cut(text, "          - name: sallyport\n", "          - name: envoy.filters.http.router",
                                           ENVOYS_OWN.format(issuer=issuer, jwks=json.dumps(jwks))))

    class HaproxyAlone(makes["haproxy"]):
        def write(self, name, text):
            if name == "haproxy.cfg":
                text = cut(text, "  http-request lua.sallyport", "  default_backend", HAPROXYS_OWN.format(issuer=issuer, pem=pem))
            return super().write(name, text)

    return {"envoy": ("jwt_authn", EnvoyAlone), "haproxy": ("jwt_verify", HaproxyAlone)}


def for_ever(apache):
    """Apache as its guide has it, but for its habit to close a connection after 100 requests, which wrk counts as an error."""
    class Apache(apache):
        def write(self, name, text):
            return super().write(name, text + ("\nMaxKeepAliveRequests 0\n" if name == "apache.conf" else ""))

    return Apache


def measure(rows, quick, issuer, agent, socket, backend, tokens, public_pem):
    """`agent` and `socket`: where the agent is asked. `backend`: the port of an nginx that answers every path with empty_gif. `issuer` is served by the server itself."""
    os.environ.setdefault("SALLYPORT_PROXIES", str(ROOT / ".venv" / "bin"))
    sys.path[:0] = [str(ROOT / "tests" / "e2e"), str(ROOT / "tests" / "e2e" / "proxies")]
    try:
        from proxies import PROXIES
    except ImportError as error:
        print(f"  no proxies but nginx and HAProxy alone: {error}; packaging/python-environment installs what they need")
        return
    pairs, seconds = (2, 1) if quick else (5, 2)
    with urllib.request.urlopen(f"{issuer}/.well-known/jwks.json", timeout=10) as answer:
        jwks = json.load(answer)
    with tempfile.TemporaryDirectory(prefix="sallyport-proxies-") as name:
        directory = pathlib.Path(name)
        directory.chmod(0o755)
        pem = directory / "public.pem"
        head = tokens.read_text().split(".", 1)[0]
        kid = json.loads(base64.urlsafe_b64decode(head + "=" * (-len(head) % 4)))["kid"]
        pem.write_text(public_pem(next(key for key in jwks["keys"] if key["kid"] == kid)))
        alone = with_own_check(PROXIES, issuer, jwks, pem)
        for make, asking in (PROXIES | {"apache": for_ever(PROXIES["apache"])}).items():
            check, checking = alone.get(make, (None, None))
            with contextlib.ExitStack() as stack:
                def start(kind, way):
                    place = directory / f"{make}-{way}"
                    place.mkdir(mode=0o755)
                    return stack.enter_context(contextlib.closing(kind(place, agent, socket, backend))).port

                ports = {"asking": start(asking, "asking")}
                if checking:
                    ports["checking"] = start(checking, "checking")
                rates = {way: [] for way in ports}
                for _ in range(pairs):
                    for way, port in ports.items():
                        wrk = Wrk(port, "/orders/1", tokens, {"Authorization": "Bearer {line}"}, CONNECTIONS, seconds, method="GET")
                        rates[way].append(wrk.result()[0])
            note = f"its own {check} {median(rates['checking']):,.0f}/s in this run" if checking else "it has no check of its own"
            rows.add(f"{make}, asking the agent for each request", median(rates["asking"]), "requests/s", note=note)
