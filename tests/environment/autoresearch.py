#!/usr/bin/env python3
"""examples/autoresearch, played on a real server with real keepers: one build, three results, and what stops a launch.

    autoresearch.py BIN_DIR [--unboxed] [--keep]
"""
import argparse
import json
import os
import pathlib
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import time

TESTS = pathlib.Path(__file__).resolve().parent.parent
EXAMPLE = TESTS.parent / "examples" / "autoresearch" / "project"
sys.path.insert(0, str(TESTS / "crash"))
from busy_client import Connection, rows  # noqa: E402
from kill_nine import POLICY, POOLS, Daemon  # noqa: E402

ORDER = "ORDER = 2  # bytes of context"
VARIANTS = [
    {"title": f"{order} bytes of context",
     "edits": [{"path": "train.py", "old": ORDER, "new": ORDER.replace("2", str(order))}]}
    for order in (1, 2, 3)]
# What an experiment may try to do to what all of them share.
VANDAL = "\n".join([
    "import pathlib, sys",
    "try:",
    "    (pathlib.Path(sys.prefix) / 'lib' / 'evil').write_text('x')",
    "    print('ENVIRONMENT WRITTEN')",
    "except OSError as error:",
    "    print('environment:', error.strerror)",
    "try:",
    "    (pathlib.Path.home() / '.cache/autoresearch/val.txt').write_text('aaaa')",
    "    print('VOLUME WRITTEN')",
    "except OSError as error:",
    "    print('volume:', error.strerror)",
    ORDER])
# The first attempt saves and dies of pre-emption's signal; the second goes on from there.
RESUME = "\n".join([
    "import os, pathlib, signal",
    "saved = pathlib.Path(os.environ['PAWL_CHECKPOINT_DIR']) / 'step'",
    "step = int(saved.read_text()) if saved.exists() else 0",
    "print('resumed at step', step, flush=True)",
    "assert 0 < int(os.environ['PAWL_DEADLINE']) <= 60",
    "(pathlib.Path(os.environ['PAWL_ARTIFACTS']) / 'model.bin').write_text(os.environ['PAWL_SEED'])",
    "saved.write_text('7')",
    "if step == 0: os.kill(os.getpid(), signal.SIGKILL)",
    ORDER])
POLICY_WITH_RETRY = POLICY.replace("max_minutes = 1", "max_minutes = 1\nmax_retries = 1")


def check(condition, what):
    if not condition:
        raise SystemExit(f"FAIL: {what}")
    print("ok:", what, flush=True)


class Night:
    def __init__(self, root, pawl, unboxed):
        self.root, self.pawl = root, pawl
        self.project, home = root / "project", root / "home"
        home.mkdir()
        shutil.copytree(EXAMPLE, self.project)
        subprocess.run([sys.executable, "prepare.py"], cwd=self.project, check=True, env=dict(os.environ, HOME=str(home)))
        git = ["git", "-C", str(self.project), "-c", "user.name=t", "-c", "user.email=t@localhost"]
        subprocess.run(["git", "init", "-q", str(self.project)], check=True)
        subprocess.run([*git, "add", "."], check=True)
        subprocess.run([*git, "commit", "-qm", "baseline"], check=True)
        policies = root / "config" / "policies"
        policies.mkdir(parents=True)
        (policies / "default.toml").write_text(POLICY_WITH_RETRY)
        (policies / "pools.toml").write_text(POOLS)
        self.daemon = Daemon(pawl, root)
        self.daemon.environment.update(HOME=str(home), SECRET_TOKEN="s3cret", https_proxy="http://127.0.0.1:9")
        if unboxed:
            self.daemon.environment["PATH"] = "/nonexistent"  # where bubblewrap is looked for
        self.daemon.start()
        self.connection = Connection(root, self.project, "claude")
        self.connection.initialise()

    def tool(self, name, **arguments):
        result = self.connection.tool(name, arguments)
        if result is None or result.get("isError"):
            raise SystemExit(f"FAIL: {name}: {result}")
        return result["structuredContent"] if "structuredContent" in result else result

    def wait(self, **arguments):
        for _ in range(6):
            if self.tool("wait_jobs", timeout_s=45, **arguments).get("status") != "still_running":
                return
        raise SystemExit(f"FAIL: still waiting for {arguments}: {self.jobs()}")

    def refused(self, name, **arguments):
        result = self.connection.tool(name, arguments)
        if not result.get("isError"):
            raise SystemExit(f"FAIL: {name} was not refused: {result}")
        return result["content"][0]["text"]

    def cli(self, *arguments):
        done = subprocess.run([self.pawl, *arguments], cwd=self.project, env=self.daemon.environment,
                              capture_output=True, text=True)
        return done.returncode, done.stdout + done.stderr

    def jobs(self):
        result = self.connection.request("pawl/operator", {"name": "jobs", "arguments": {"limit": 100}})
        return {int(row["job"].split("-")[0]): row for row in rows(result)}

    def attempt(self, number, attempt=1):
        return self.root / "state/attempts/autoresearch" / f"{number:03}-{attempt}"

    def record(self, number, name, attempt=1):
        path = self.attempt(number, attempt) / "record" / name
        deadline = time.monotonic() + 10
        while not path.exists() and time.monotonic() < deadline:  # written after the end is told
            time.sleep(0.05)
        return json.loads(path.read_text())

    def output(self, number, attempt=1):
        return (self.attempt(number, attempt) / "record" / "stdout.log").read_text()

    def try_edit(self, title, new):
        """Submits one changed train.py and waits; the job's number."""
        before = set(self.jobs())
        self.tool("submit_experiment", title=title, **{"from": "base"},
                  edits=[{"path": "train.py", "old": ORDER, "new": new}])
        number = max(set(self.jobs()) - before)
        self.wait(jobs=[str(number)])
        return number


def kill_the_server_in_the_build(night):
    while night.jobs()[1]["state"] != "running":
        time.sleep(0.01)
    night.daemon.kill()
    night.daemon.start()
    night.connection = Connection(night.root, night.project, "claude")


def one_build_three_results(night):
    night.tool("submit_sweep", title="context", base="base", variants=VARIANTS)
    kill_the_server_in_the_build(night)
    night.wait()
    jobs = night.jobs()
    builds = [number for number, job in jobs.items() if job["title"].startswith("environment ")]
    check(builds == [1], "one job built the environment")
    check([jobs[n]["state"] for n in (1, 2, 3, 4)] == ["succeeded"] * 4, "the build and three experiments succeeded")
    values = [night.record(n, "result.json")["value"] for n in (2, 3, 4)]
    check(values[0] > values[1] > values[2], f"the --- block was read: {values}")
    folder = night.root / "state/environments/autoresearch/001-1"
    check(sorted(os.listdir(folder)) == [".venv"], "of the build's checkout only the environment is kept")
    script = (folder / ".venv/bin/tally").read_text()
    check(script.startswith(f"#!{folder}/.venv/bin/python\n"), "its scripts name the place where it lies")
    inputs = night.record(2, "source.json")["inputs"]
    check(set(inputs) == {"environment", "volume cache"} and len(inputs["volume cache"]) == 64,
          "source.json tells the digests of what was shown")


def what_a_command_is_told(night):
    number = night.try_edit("runs what was installed", "\n".join(
        ["import subprocess, os", "print(subprocess.run(['.venv/bin/tally'], capture_output=True, text=True).stdout)",
         "print(sorted(os.environ))", "print('caches', os.environ['TRITON_CACHE_DIR'])", ORDER]))
    text = night.output(number)
    check("tally 1.0" in text, "an installed command starts in the checkout")
    check("SECRET_TOKEN" not in text and "https_proxy" not in text, "nothing of the server's variables reaches it")
    number = night.try_edit("is ended and resumes", RESUME)
    check(night.jobs()[number]["state"] == "succeeded", "a job that was killed is tried again and succeeds")
    check("resumed at step 0" in night.output(number, 1) and "resumed at step 7" in night.output(number, 2),
          "its second attempt finds the checkpoint of the first")
    check((night.attempt(number, 2) / "run/artifacts/model.bin").read_text() == "42", "artifacts and seed are told")
    config = json.loads((night.attempt(number, 2) / "run/config.json").read_text())
    check(config["command"] == [".venv/bin/python", "train.py"], "config.json tells the command")


def what_is_shared_is_read_only(night):
    if not night.record(2, "env.json")["boxed"]:
        print("skipped: no bubblewrap here, so nothing is read-only")
        return
    number = night.try_edit("vandal", VANDAL)
    text = night.output(number)
    check("WRITTEN" not in text and "environment: Read-only" in text and "volume: Read-only" in text,
          "an experiment can write neither to the environment nor to a volume")


def what_is_refused(night):
    text = night.refused("submit_experiment", title="newer", **{"from": "base"},
                         edits=[{"path": "uv.lock", "old": 'version = "1.0"', "new": 'version = "2.0"'}])
    check("uv.lock, which the environment is built from" in text, "a changed lockfile is refused at submit")


def a_volume_that_changes(night):
    data = night.root / "home/.cache/autoresearch/train.txt"
    content, times = data.read_bytes(), data.stat()
    data.write_bytes(content + b" more")
    number = night.try_edit("other data", ORDER + "\nFIRST = 1")
    job = night.jobs()[number]
    check(job["state"] == "failed", "a volume that changed stops the launch")
    detail = json.dumps(night.tool("get_job", job=str(number)))
    check("autoresearch/cache" in detail and "changed since it was registered" in detail, "and the job says which")
    code, text = night.cli("volume", "verify", "autoresearch/cache")
    check(code != 0 and "was registered as" in text, "pawl volume verify sees it")
    data.write_bytes(content)
    code, text = night.cli("volume", "verify", "autoresearch/cache")
    check(code == 0 and "holds what was registered" in text, "the same bytes again are the same volume")
    number = night.try_edit("same data", ORDER + "\nSECOND = 2")
    check(night.jobs()[number]["state"] == "succeeded", "and experiments run again")
    code, text = night.cli("volume", "add", "more", str(night.root / "home"))
    check(code == 0 and "Volume more is registered" in text, "pawl volume add registers a folder")
    check("autoresearch/cache" in night.cli("volume", "list")[1], "pawl volume list shows both")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("bin", type=pathlib.Path)
    parser.add_argument("--unboxed", action="store_true", help="as on a machine without bubblewrap")
    parser.add_argument("--keep", action="store_true", help="leave the folder for inspection")
    options = parser.parse_args()
    root = pathlib.Path(tempfile.mkdtemp(prefix="pawl-autoresearch-"))
    print("in", root, flush=True)
    night = Night(root, options.bin.resolve() / "pawl", options.unboxed)
    try:
        one_build_three_results(night)
        what_a_command_is_told(night)
        what_is_shared_is_read_only(night)
        what_is_refused(night)
        a_volume_that_changes(night)
    finally:
        night.daemon.stop()
    bill = subprocess.run([sys.executable, str(TESTS / "checker/check_bill.py"), str(root / "state"),
                           str(root / "config/policies/pools.toml")])
    check(bill.returncode == 0, "the bill is the ledger, builds included")
    builds = sqlite3.connect(root / "state/pawl.db").execute(
        "SELECT count(*) FROM attempt a JOIN job j ON j.id = a.job WHERE j.stage = 'environment' AND a.cost > 0")
    check(builds.fetchone()[0] == 1, "the build was charged once")
    if not options.keep:
        shutil.rmtree(root)


if __name__ == "__main__":
    main()
