#!/usr/bin/env python3
"""A sandbox on a real server with a real keeper: what an agent does in it, what it cannot, what it costs, how it ends.

    sandbox.py BIN_DIR [--unboxed] [--keep]
"""
import argparse
import json
import pathlib
import shutil
import subprocess
import sys
import tempfile
import time

TESTS = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(TESTS / "crash"))
from busy_client import Connection, rows  # noqa: E402
from kill_nine import POLICY, Daemon, make_world  # noqa: E402

SANDBOX = "\n[sandbox]\nmax_open = 1\nmax_minutes = 30\nidle_minutes = 1\nusd = 1.00\n"
SLICE_S = 60  # the first slice is as short as the idle time


def check(condition, what):
    if not condition:
        raise SystemExit(f"FAIL: {what}")
    print("ok:", what, flush=True)


class Desk:
    def __init__(self, root, pawl, unboxed):
        self.root, self.project = root, make_world(root)
        (root / "config/policies/default.toml").write_text(POLICY + SANDBOX)
        self.daemon = Daemon(pawl, root)
        if unboxed:
            self.daemon.environment["PATH"] = "/nonexistent"  # where bubblewrap is looked for
        self.daemon.start()
        self.connection = Connection(root, self.project, "claude")
        self.connection.initialise()

    def tool(self, name, **arguments):
        result = self.connection.tool(name, arguments)
        if result is None or result.get("isError"):
            raise SystemExit(f"FAIL: {name} {arguments}: {result}")
        return result.get("structuredContent") or result["content"][0]["text"]

    def refused(self, name, **arguments):
        while (result := self.connection.tool(name, arguments)) is None:  # the server comes back
            pass
        check(result.get("isError"), f"{name} is refused: {result['content'][0]['text'][:90]}")
        return result["content"][0]["text"]

    def run(self, *command, **more):
        return self.tool("sandbox_exec", sandbox="sb1", command=list(command), **more)

    def record(self, number):
        return self.root / f"state/attempts/busy/{number:03}-1/record/status.json"


def it_opens(desk):
    opened = desk.tool("sandbox_open", **{"from": "base", "minutes": 10})
    check(opened["sandbox"] == "sb1" and opened["state"] == "running", opened["summary"])
    check("DENIED sandbox.max_open: 1 of at most 1 are open" in desk.refused("sandbox_open"), "max_open binds")
    check("sandbox.max_minutes: 31 minutes asked" in desk.refused("sandbox_open", minutes=31), "max_minutes binds")
    check(any("sb1 of claude (running)" in line for line in desk.tool("briefing")["sandboxes"]), "the briefing shows it")


def commands_run_in_it(desk):
    text = desk.run("sh", "-c", "cat job.sh; echo oops >&2; exit 3", files={"new/probe.sh": "echo probed\n"},
                    read=["new/probe.sh", "absent"], diff=True)
    check("sb1: exit 3 after" in text and "echo \"score: 1.5\"" in text and "oops" in text, "code and output come back")
    check("echo probed" in text and '"absent" does not exist' in text, "files are written and shown")
    check("1 file, +1 -0" in text and "+echo probed" in text, "the diff says what changed")
    check("untrusted" in text, "and all of it is fenced")
    check("probed" in desk.run("sh", "new/probe.sh"), "the next command finds what the last one left")
    text = desk.run("sh", "-c", "setsid sleep 600 & sleep 600", timeout_s=1)
    check("killed at its timeout" in text, "a timeout ends the command")
    check("no program of that name is in PATH" in desk.run("no-such-tool"), "what cannot start is named")
    check("exit 0" in desk.run("true"), "and the sandbox goes on")


def walls_hold(desk, boxed):
    for path in ("../../keeper/lease", "/etc/passwd", "out/passwd"):
        desk.run("ln", "-sfn", "/etc", "out")
        text = desk.refused("sandbox_exec", sandbox="sb1", command=["true"], files={path: "x"})
        check("INVALID" in text, f"nothing is written to {path}")
        check("root:" not in desk.run("true", read=[path]), f"nothing is read from {path}")
    desk.run("rm", "out")
    if not boxed:
        return
    check("exit 0" not in desk.run("sh", "-c", "ls " + str(desk.root / "state/attempts/busy/001-1/keeper")),
          "its lease is out of its reach")
    text = desk.run("python3", "-c", "import socket; socket.create_connection(('127.0.0.1', 1), 2)")
    net = desk.run("sh", "-c", "cat /proc/net/dev | wc -l")
    check("Error" in text and "\n3\n" in net, "it has no network but a loopback of its own")


def its_files_are_kept(desk):
    text = desk.tool("sandbox_close", sandbox="sb1")
    check("sb1 is closed after" in text and "+echo probed" in text, "closing shows the diff")
    check("not kept" in desk.refused("submit_experiment", title="early", **{"from": "sb1"}), "nothing is kept by itself")
    text = desk.tool("sandbox_close", sandbox="sb1", keep=True)
    check("kept: " in text, "also a closed one can be kept")
    check("has ended" in desk.refused("sandbox_exec", sandbox="sb1", command=["true"]), "it takes no command any more")
    made = rows(desk.connection.tool("submit_experiment", {"title": "from what was found", "from": "sb1"}))[0]
    for _ in range(6):
        if desk.tool("wait_jobs", timeout_s=45).get("status") != "still_running":
            break
    detail = desk.tool("get_job", job=made["job"])
    check(detail["state"] == "succeeded", "an experiment starts from it")
    checkout = desk.root / f"state/attempts/busy/{int(made['job'].split('-')[0]):03}-1/work/new/probe.sh"
    check(checkout.read_text() == "echo probed\n", "with its files")
    costs = json.dumps(desk.tool("cost_status"))
    check("human debugging (sandboxes)" in costs, "its cost has a line of its own")


def without_a_server_it_ends_with_its_slice(desk):
    opened = desk.tool("sandbox_open", **{"from": "base"})
    number = int(opened["job"].split("-")[0])
    begun = time.monotonic()
    desk.daemon.kill()
    record = desk.record(number)
    while not record.exists() and time.monotonic() - begun < SLICE_S + 30:
        time.sleep(0.5)
    lived = time.monotonic() - begun
    check(json.loads(record.read_text())["outcome"] == "deadline", "without a server its keeper ends it")
    check(SLICE_S - 5 < lived < SLICE_S + 15, f"with its slice: after {lived:.0f} s")
    desk.daemon.start()
    text = desk.refused("sandbox_exec", sandbox="sb2", command=["true"])
    check("EXPIRED sandbox sb2 has ended: nobody used it" in text, "and the next server knows")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("bin", type=pathlib.Path)
    parser.add_argument("--unboxed", action="store_true", help="as on a machine without bubblewrap")
    parser.add_argument("--keep", action="store_true", help="leave the folder for inspection")
    options = parser.parse_args()
    root = pathlib.Path(tempfile.mkdtemp(prefix="pawl-sandbox-"))
    print("in", root, flush=True)
    desk = Desk(root, options.bin.resolve() / "pawl", options.unboxed)
    try:
        it_opens(desk)
        commands_run_in_it(desk)
        walls_hold(desk, boxed=not options.unboxed)
        its_files_are_kept(desk)
        if not options.unboxed:
            without_a_server_it_ends_with_its_slice(desk)
    finally:
        desk.daemon.stop()
    bill = subprocess.run([sys.executable, str(TESTS / "checker/check_bill.py"), str(root / "state"),
                           str(root / "config/policies/pools.toml")])
    check(bill.returncode == 0, "the bill is the ledger, sandboxes included")
    if not options.keep:
        shutil.rmtree(root)


if __name__ == "__main__":
    main()
