"""The parts in process: Google Benchmark programs, beside OpenSSL alone and the disk alone."""
import json
import subprocess

from processes import BIN, openssl_rsa2048


def run(program, pattern=".", seconds="1"):
    """Google Benchmark's rows by name."""
    out = subprocess.run([BIN / program, f"--benchmark_filter={pattern}", "--benchmark_format=json", f"--benchmark_min_time={seconds}"],
                         capture_output=True, text=True, check=True).stdout
    rows = {}
    for row in json.loads(out)["benchmarks"]:
        if row.get("error_occurred"):
            raise RuntimeError(f"{program}: {row['name']}: {row['error_message']}")
        rows[row["name"]] = row
    return rows


def measure(rows, quick):
    seconds = "0.3" if quick else "2"
    _, verify_rate = openssl_rsa2048()

    decisions = run("authorizer_bench", seconds=seconds)
    rows.add("decision in process, seen before (10,000 tokens, 1,000,000 revocations)",
             decisions["BM_SeenBefore/manual_time"]["items_per_second"], "decisions/s", 4e6, "higher")
    rows.add("decision in process, seen before, 16 tokens", decisions["BM_SeenBeforeHot/manual_time"]["items_per_second"], "decisions/s")
    rows.add("decision in process, seen before, requests in no cache of the processor either",
             decisions["BM_SeenBeforeFarInput"]["items_per_second"], "decisions/s")
    rows.add("decision in process, new token, against openssl speed verify", decisions["BM_New/manual_time"]["items_per_second"],
             "decisions/s", 0.85 * verify_rate, "higher", f"openssl {verify_rate:,.0f}/s in this run")

    keys = run("jose_bench", seconds=seconds)
    rows.add("jose: sign a token, against OpenSSL's bare signature", keys["BM_Sign"]["cpu_time"] / 1e3, "us",
             1.05 * keys["BM_BareSign"]["cpu_time"] / 1e3)

    replica = run("replica_bench", seconds="0.5")
    load = replica["ReplicaLoad/iterations:1/manual_time"]
    rows.add("Replica, 10,000,000 entries: bytes each at rest", load["bytes_per_entry"], "bytes", 16)
    rows.add("Replica, 10,000,000 entries: load from a snapshot", load["real_time"], "s", 5)
    rows.add("Replica, 10,000,000 entries: peak memory of the Agent and its file", load["peak_megabytes"], "MB",
             note="three times the table while rebuilding, and the Agent's expiry times")
    for present, word in ((0, "absent"), (1, "present")):
        rows.add(f"Replica, 10,000,000 entries: lookup, overlapped, {word}",
                 replica[f"ReplicaLookupOverlapped/present:{present}"]["ns_per_lookup"], "ns", 60)
        rows.add(f"Replica, 10,000,000 entries: lookup, dependent, {word}",
                 replica[f"ReplicaLookupDependent/present:{present}"]["cpu_time"], "ns", 300)
    rebuild = replica["ReplicaRebuild/iterations:1/manual_time"]
    rows.add("Replica, 10,000,000 entries: rebuild", rebuild["real_time"], "s", note="readers go on meanwhile")
    rows.add("Replica, 10,000,000 entries: a reader maps the new file", rebuild["remap_microseconds"], "us")
    rows.add("Replica, 10,000,000 entries: longest that a new entry waits in a rebuild", rebuild["longest_slice_milliseconds"], "ms")

    store = run("store_bench", seconds=seconds)
    disk = next(row for name, row in store.items() if name.startswith("DiskSync"))
    for name, row in store.items():
        if name.startswith("Commit"):
            rows.add(f"store: {name.split('/')[0]} of one entry, {row['threads']} threads, beside one fdatasync",
                     row["real_time"] / 1e3, "us", note=f"fdatasync alone {disk['real_time'] / 1e3:.0f} us")
        elif name.startswith("Get"):
            rows.add(f"store: Get, {row['threads']} threads", row["real_time"] / 1e3, "us")
