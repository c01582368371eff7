"""bench/run's measurements: see there."""
import argparse
import pathlib

import abuse
import authorizers
import gate
import hooks
import oauth
import parts
import server
import servers
import sessions
import userpool
from processes import ROOT
from rows import Rows

PARTS = {"parts": parts, "gate": gate, "authorizers": authorizers, "server": server, "sessions": sessions, "userpool": userpool, "oauth": oauth, "hooks": hooks,
         "abuse": abuse, "servers": servers}

options = argparse.ArgumentParser(prog="bench/run", description="Measures speed and memory beside the limits.")
options.add_argument("part", nargs="*", help=f"of {', '.join(PARTS)}; all, unless named")
options.add_argument("--quick", action="store_true", help="short and rough")
chosen = options.parse_args()
unknown = set(chosen.part) - set(PARTS)
if unknown:
    options.error(f"no part {', '.join(sorted(unknown))}")

rows = Rows()
for name in chosen.part or PARTS:
    print(name, flush=True)
    PARTS[name].measure(rows, chosen.quick)
result = pathlib.Path(ROOT / "bench" / "results" / "latest.json")
rows.write(result)
print(f"\nwritten: {result.relative_to(ROOT)}")
if rows.short:
    print("falls short:\n  " + "\n  ".join(rows.short))
