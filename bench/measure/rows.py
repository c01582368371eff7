"""The rows of bench/results/latest.json: what was measured, its limit, and how they compare."""
import json
import pathlib
import re
import time


def cpu_model():
    return re.search(r"model name\s*:\s*(.*)", pathlib.Path("/proc/cpuinfo").read_text()).group(1)


def figure(value):
    """Four digits, and no exponents: for people."""
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.4g}"


class Rows:
    def __init__(self):
        self._rows = []

    def add(self, name, value, unit, limit=None, better="lower", note=""):
        """limit: the figure to hold, or the peer's or the machine's own. ratio: value / limit."""
        row = {"name": name, "value": round(value, 4), "unit": unit}
        if limit is not None:
            row |= {
                "limit": round(limit, 4),
                "ratio": round(value / limit, 4) if limit else None,
                "better": better,
                "holds": value <= limit if better == "lower" else value >= limit,
            }
        if note:
            row["note"] = note
        self._rows.append(row)
        bound = "" if limit is None else f"   {'<=' if better == 'lower' else '>='} {figure(limit)}  {'ok' if row['holds'] else 'FALLS SHORT'}"
        print(f"  {name:<66} {figure(value):>14} {unit:<12}{bound}{'   ' + note if note else ''}", flush=True)

    def write(self, path):
        result = {"cpu": cpu_model(), "cores": len(re.findall(r"^processor", pathlib.Path("/proc/cpuinfo").read_text(), re.M)),
                  "measured_at": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()), "rows": self._rows}
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(result, indent=1) + "\n")

    @property
    def short(self):
        return [row["name"] for row in self._rows if row.get("holds") is False]
