#!/usr/bin/env python3
"""Eight client processes race on a cap that fits three of their jobs, on the real server.

    cap_race.py BIN_DIR [--rounds 200]

Every round exactly three are admitted, to the last micro-dollar of the day, and the others are told that it has no room.
"""
import argparse
import multiprocessing
import pathlib
import shutil
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).parent.parent / "crash"))
from busy_client import Connection, rows, wait_until_idle  # noqa: E402
import kill_nine  # noqa: E402

CLIENTS, FIT = 8, 3
# 60 s of limit, 10 s of grace, 5 s of report delay and a millisecond at $1.80/h.
WORST = 0.037501
DAY = FIT * WORST
# Nothing may start, so nothing is spent: each round finds the whole day again.
QUIET = """
[[quiet]]
window = "00:00-12:00"
pools = ["cpu"]
reason = "the race is for the reservation"
[[quiet]]
window = "12:00-00:00"
pools = ["cpu"]
reason = "the race is for the reservation"
"""


def client(root, project, number, rounds, together, answers):
    connection = Connection(root, project, f"agent-{number}")
    connection.connect()
    for turn in range(rounds):
        together.wait()
        result = connection.tool("submit_experiment", {
            "title": f"race {turn}", "from": "base", "stage": "screen",
            "params": {"ms": 50_000, "n": turn * CLIENTS + number}})
        refused = bool(result.get("isError"))
        text = result["content"][0]["text"] if refused else ""
        job = None if refused else str(rows(result)[0]["job"]).split("-")[0]
        answers.put((refused, text, job))
        together.wait()  # the referee empties the queue


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("bin", type=pathlib.Path)
    parser.add_argument("--rounds", type=int, default=200)
    options = parser.parse_args()
    root = pathlib.Path(tempfile.mkdtemp(prefix="pawl-race-"))
    kill_nine.POLICY = kill_nine.POLICY.replace("day = 1000.00", f"day = {DAY:.6f}") + QUIET
    project = kill_nine.make_world(root)
    daemon = kill_nine.Daemon(str(options.bin / "pawl"), root)
    daemon.start()
    together, answers = multiprocessing.Barrier(CLIENTS + 1), multiprocessing.Queue()
    referee = Connection(root, project, "referee")
    referee.initialise()
    clients = [multiprocessing.Process(target=client, args=(root, project, n, options.rounds, together, answers),
                                       daemon=True) for n in range(CLIENTS)]
    for process in clients:
        process.start()
    for turn in range(options.rounds):
        together.wait()
        told = [answers.get(timeout=60) for _ in range(CLIENTS)]
        jobs = [job for refused, _, job in told if not refused]
        other = [text for refused, text, _ in told if refused and "budget.day" not in text]
        if len(jobs) != FIT or other:
            raise SystemExit(f"round {turn}: {len(jobs)} of {CLIENTS} admitted, {FIT} fit; {other[:1]}")
        referee.tool("cancel_jobs", {"jobs": jobs, "why": "the next round"})
        wait_until_idle(root, project, 60)
        together.wait()
    for process in clients:
        process.join(timeout=30)
    daemon.stop()
    shutil.rmtree(root)
    print(f"{options.rounds} rounds, {CLIENTS} processes: {FIT} admitted every time")


if __name__ == "__main__":
    main()
