#!/usr/bin/env python3
"""kill -9 under load: the server (or its keepers) is killed at random moments while clients submit short jobs.

    kill_nine.py BIN_DIR [--kills 200] [--victim server|keeper] [--seed N] [--keep]

At the end every acknowledged job exists once and has ended, nothing is reserved, no process of a job is left,
and check_bill.py, which shares no code with the server, recomputes the bill to the micro-dollar.
"""
import argparse
import os
import pathlib
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from busy_client import BusyClient, Connection, wait_until_idle  # noqa: E402

CHECKER = pathlib.Path(__file__).parent.parent / "checker" / "check_bill.py"

PAWL_TOML = """
name = "busy"
command = ["/bin/sh", "job.sh", "${ms}"]
[goal]
metric = "score"
direction = "min"
[params.ms]
type = "int"
default = 20
min = 0
max = 60000
[params.n]
type = "int"
default = 0
"""
# Some jobs fail, some leave a daemon behind; the walls must end it.
JOB_SH = """
case $(( $1 % 7 )) in
  3) exit 3 ;;
  5) setsid sleep 600 & ;;
esac
sleep $(printf '0.%03d' "$1")
echo "score: 1.5"
"""
POLICY = """
policy = 1
timezone = "Europe/Rome"
[budget]
total = 1000.00
day = 1000.00
experiment = 10.00
[jobs]
max_concurrent = 6
max_queued = 500
max_minutes = 1
[stage.screen]
pools = ["cpu"]
"""
POOLS = """
[pool.cpu]
runner = "local"
kind = "cpu"
count = 6
price = 1.80
billing = "owned"
class = "A"
"""


class Daemon:
    def __init__(self, pawl, root):
        self.pawl, self.root, self.process = pawl, root, None
        self.environment = dict(os.environ, PAWL_STATE=str(root / "state"), PAWL_CONFIG=str(root / "config"))

    def start(self):
        log = open(self.root / "serve.log", "ab")
        self.process = subprocess.Popen([self.pawl, "serve"], env=self.environment, stdout=log, stderr=log,
                                        stdin=subprocess.DEVNULL, start_new_session=True)

    def kill(self):
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        if self.process.wait(timeout=30) != 0:
            raise SystemExit(f"the server ended with {self.process.returncode}")


def make_world(root):
    project = root / "project"
    project.mkdir()
    (project / "pawl.toml").write_text(PAWL_TOML)
    (project / "job.sh").write_text(JOB_SH)
    git = ["git", "-C", str(project), "-c", "user.name=t", "-c", "user.email=t@localhost"]
    subprocess.run(["git", "init", "-q", str(project)], check=True)
    subprocess.run([*git, "add", "."], check=True)
    subprocess.run([*git, "commit", "-qm", "busy"], check=True)
    policies = root / "config" / "policies"
    policies.mkdir(parents=True)
    (policies / "default.toml").write_text(POLICY)
    (policies / "pools.toml").write_text(POOLS)
    return project


def processes_naming(needle):
    found = []
    for entry in pathlib.Path("/proc").iterdir():
        if not entry.name.isdigit() or int(entry.name) == os.getpid():
            continue
        try:
            text = (entry / "cmdline").read_bytes() + b"\0" + (entry / "environ").read_bytes()
        except OSError:
            continue
        if needle in text:
            found.append((int(entry.name), text.split(b"\0")[0].decode("utf-8", "replace")))
    return found


def name_of(pid):
    try:
        return pathlib.Path(f"/proc/{pid}/comm").read_text()
    except OSError:  # it has ended
        return ""


def keepers(root):
    return [pid for pid, _ in processes_naming(str(root / "state" / "attempts").encode())
            if name_of(pid).startswith("pawl-keeper")]


def torment(daemon, options, dice):
    """The kills, at random moments: in a submit, a launch, a run, a settlement."""
    killed = 0
    while killed < options.kills:
        time.sleep(dice.uniform(0.005, 0.3))
        if options.victim == "server":
            daemon.kill()
            daemon.start()
            killed += 1
            continue
        for pid in dice.sample(found, 1) if (found := keepers(daemon.root)) else []:
            try:
                os.kill(pid, signal.SIGKILL)
                killed += 1
            except ProcessLookupError:
                pass
    return killed


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("bin", type=pathlib.Path)
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--victim", choices=["server", "keeper"], default="server")
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(1 << 30))
    parser.add_argument("--keep", action="store_true", help="leave the state directory for inspection")
    options = parser.parse_args()
    print(f"seed {options.seed}, {options.kills} kills of the {options.victim}", flush=True)
    root = pathlib.Path(tempfile.mkdtemp(prefix="pawl-kill-"))
    project = make_world(root)
    daemon = Daemon(options.bin.resolve() / "pawl", root)
    daemon.start()
    Connection(root, project, "setup").initialise()
    stop = threading.Event()
    clients = [BusyClient(root, project, f"agent-{i}", options.seed + i, stop) for i in range(4)]
    for client in clients:
        client.start()
    torment(daemon, options, random.Random(options.seed))
    stop.set()
    for client in clients:
        client.join(timeout=60)
    wait_until_idle(root, project, limit_s=120)
    daemon.stop()
    left = processes_naming(str(root / "state" / "attempts").encode())
    failures = [f"process {pid} ({name}) outlived its job" for pid, name in left]
    failures += [line for client in clients for line in client.failures]
    acked = root / "acked"
    acked.write_text("".join(f"{key} {number}\n" for c in clients for key, number in c.acknowledged))
    checker = subprocess.run([sys.executable, str(CHECKER), str(root / "state"),
                              str(root / "config/policies/pools.toml"), "--acked", str(acked)])
    total = sum(len(client.acknowledged) for client in clients)
    for failure in failures:
        print("FAIL", failure)
    good = checker.returncode == 0 and not failures and total > 0
    print(f"{total} acknowledged submits, {options.kills} kills: {'clean' if good else 'BROKEN, see ' + str(root)}")
    if good and not options.keep:
        shutil.rmtree(root)
    sys.exit(0 if good else 1)


if __name__ == "__main__":
    main()
