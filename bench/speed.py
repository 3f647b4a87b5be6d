#!/usr/bin/env python3
"""The server's speed on this machine, printed as a table with the machine's name. Needs the `bench` preset's programs:

    cmake --preset bench && cmake --build --preset bench && bench/speed.py build/bench/bin
"""
import json
import os
import pathlib
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).parent.parent / "tests" / "crash"))
from busy_client import Connection, wait_until_idle  # noqa: E402
from kill_nine import Daemon, make_world  # noqa: E402

ROOMY = """
policy = 1
timezone = "UTC"
[budget]
total = 1000000.00
[jobs]
max_concurrent = 1
max_queued = 1000000
max_minutes = 1
[stage.screen]
pools = ["cpu"]
"""


def machine():
    lines = pathlib.Path("/proc/cpuinfo").read_text().splitlines()
    name = next(line.split(":")[1].strip() for line in lines if line.startswith("model name"))
    return f"{os.cpu_count()} x {name}, load {os.getloadavg()[0]:.1f}"


def start_time_ms(pawl):
    times = []
    for _ in range(20):
        before = time.monotonic()
        subprocess.run([pawl, "version"], check=True, stdout=subprocess.DEVNULL)
        times.append((time.monotonic() - before) * 1000)
    return statistics.median(times)


def idle(pid, seconds=5):
    def cpu():
        fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
    before = cpu()
    time.sleep(seconds)
    status = pathlib.Path(f"/proc/{pid}/status").read_text()
    resident = next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmRSS"))
    return resident / 1024, 100 * (cpu() - before) / seconds


def dispatch_gaps(state):
    """Milliseconds from an attempt's confirmed death to the first instruction of the next command, on one slot."""
    records = [json.loads(path.read_text()) for path in (state / "attempts").rglob("record/status.json")]
    records.sort(key=lambda record: record["started_at_ms"])
    return [after["started_at_ms"] + after["first_instruction_ms"] - before["ended_at_ms"]
            for before, after in zip(records, records[1:])]


def measure_dispatch(daemon, root, project, jobs=60):
    connection = Connection(root, project, "bench")
    variants = [{"title": f"gap {i}", "params": {"n": i, "ms": 1}} for i in range(jobs)]
    reply = connection.tool("submit_sweep", {"title": "gaps", "base": "base", "variants": variants})
    assert not reply.get("isError"), reply
    wait_until_idle(root, project, limit_s=120)
    return statistics.median(dispatch_gaps(root / "state"))


def measure_snapshot(root, project, files=1000, times=15):
    """Milliseconds of a submit of the working tree, in which one of 1,000 files has changed."""
    git = ["git", "-C", str(project), "-c", "user.name=t", "-c", "user.email=t@localhost"]
    for i in range(files):
        path = project / f"package{i % 20}" / f"module{i}.py"
        path.parent.mkdir(exist_ok=True)
        path.write_text(f"value = {i}\n" * 50)
    subprocess.run([*git, "add", "."], check=True)
    subprocess.run([*git, "commit", "-qm", "a thousand files"], check=True)
    connection, taken = Connection(root, project, "snapshot"), []
    for i in range(times):
        (project / "package0/module0.py").write_text(f"value = {i}\n")
        before = time.monotonic()
        reply = connection.tool("submit_experiment", {"title": f"snapshot {i}", "from": "worktree"})
        taken.append((time.monotonic() - before) * 1000)
        assert not reply.get("isError"), reply
    wait_until_idle(root, project, limit_s=120)
    return statistics.median(taken[1:])  # the first one takes in the thousand


def measure_overhead(root, project, seconds=10):
    """Per cent that a job takes longer than its command: from the submit's call to the reply that it has ended."""
    connection = Connection(root, project, "overhead")
    before = time.monotonic()
    edit = {"path": "job.sh", "old": "sleep $(printf '0.%03d' \"$1\")", "new": f"sleep {seconds}"}
    reply = connection.tool("submit_experiment", {"title": "ten seconds", "from": "base", "edits": [edit]})
    assert not reply.get("isError"), reply
    connection.tool("wait_jobs", {"timeout_s": 60})
    return 100 * (time.monotonic() - before - seconds) / seconds


def measure_stdio(daemon, pawl, project):
    bench = pathlib.Path(__file__).parent / "stdio_bench.py"
    text = subprocess.run([sys.executable, bench, pawl, "2000"], cwd=project, env=daemon.environment, check=True,
                          capture_output=True, text=True).stdout
    return [("stdio through the shim: " + line.strip(), "", "p50 < 150 us") for line in text.splitlines() if line]


def benchmark(program, name):
    """What one of Google's benchmarks says: its time, by its own unit, and its counters."""
    text = subprocess.run([program, f"--benchmark_filter=^{name}", "--benchmark_format=json"], check=True, capture_output=True,
                          text=True, cwd=pathlib.Path(__file__).parent.parent).stdout
    return json.loads(text)["benchmarks"][0]


def measure_decisions(programs):
    admission = benchmark(programs / "bench_admission", "admission/1000")
    reload = benchmark(programs / "bench_policy", "reload")
    night = benchmark(programs / "bench_simulation", "a_thousand")
    skypilot = benchmark(programs / "bench_simulation", "skypilot")
    return [("admission over 1,000 pools, us", f"{admission['cpu_time']:.1f}", "< 50"),
            ("reload of a policy, ms", f"{reload['cpu_time']:.2f}", "< 10"),
            ("a simulated night of 1,000 experiments, s", f"{night['real_time']:.2f}", "< 1"),
            ("SkyPilot's night simulated, times faster", f"{skypilot['times_real']:.0f}", ">= 2000")]


def main():
    programs = pathlib.Path(sys.argv[1]).resolve()
    root = pathlib.Path(tempfile.mkdtemp(prefix="pawl-speed-"))
    project = make_world(root)
    policies = root / "config/policies"
    (policies / "default.toml").write_text(ROOMY)
    (policies / "pools.toml").write_text((policies / "pools.toml").read_text().replace("count = 6", "count = 1"))
    daemon = Daemon(programs / "pawl", root)
    daemon.start()
    Connection(root, project, "setup").initialise()
    rows = [("`pawl version`, median ms", f"{start_time_ms(programs / 'pawl'):.1f}", "< 50")]
    resident, cpu = idle(daemon.process.pid)
    rows += [("idle daemon, resident MB", f"{resident:.1f}", "< 30"), ("idle daemon, CPU %", f"{cpu:.2f}", "< 0.1")]
    rows.append(("dispatch gap, median ms", f"{measure_dispatch(daemon, root, project):.0f}", "< 20"))
    rows.append(("submit of a working tree of 1,000 files, median ms", f"{measure_snapshot(root, project):.0f}", "< 50"))
    rows.append(("pawl around a job of 10 s, %", f"{measure_overhead(root, project):.2f}", "< 1"))
    rows += measure_stdio(daemon, programs / "pawl", project)
    load = subprocess.run([programs / "bench_submit_load", root / "state/pawl.sock", project, "32", "5"],
                          capture_output=True, text=True)
    if load.returncode != 0:
        raise SystemExit(load.stderr)
    figures = json.loads(load.stdout)
    rows += [("durable submits/s, 32 clients", figures["submits_per_s"], ">= 3000"),
             ("submit, p99 ms", figures["p99_ms"], "< 40")]
    daemon.kill()
    shutil.rmtree(root, ignore_errors=True)
    rows += measure_decisions(programs)
    print(f"{machine()}\n\n| what | measured | target |\n|---|---|---|")
    for row in rows:
        print("| " + " | ".join(str(cell) for cell in row) + " |")


if __name__ == "__main__":
    main()
