#!/usr/bin/env python3
"""An agent's shell against a real server, in both modes of trust.

    attack.py BIN_DIR

Needs root, for two more users: the server's and the agent's. Exits with 77 (skipped) without them.
"""
import json
import os
import pathlib
import pwd
import shutil
import socket
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request

SERVER, AGENT = "games", "nobody"  # users that every Debian has
POLICY = """[budget]
day = 5.00
[stage.screen]
pools = ["cpu"]
"""
POOLS = """[pool.cpu]
kind = "cpu"
count = 1
price = 0.10
billing = "owned"
class = "A"
"""
PROJECT = """name = "tiny"
command = ["./train"]
[goal]
metric = "val_bpb"
direction = "min"
"""


def check(condition, what):
    if not condition:
        raise SystemExit(f"FAIL: {what}")
    print("ok:", what, flush=True)


class Place:
    """Folders below `top`, and what each user may do with them."""

    def __init__(self, top, server):
        self.top, self.server = top, server
        self.state, self.config, self.run_folder = top / "var/lib/pawl", top / "etc/pawl", top / "run/pawl"
        self.program = top / "usr/local/libexec/pawl/pawl"
        self.project = top / "home/project"
        self.env = {"PATH": os.environ["PATH"], "HOME": str(top / "home"), "PAWL_STATE": str(self.state),
                    "PAWL_CONFIG": str(self.config), "PAWL_RUN": str(self.run_folder),
                    "PAWL_HTTP": "0"}

    def as_user(self, user):
        if user == "root":
            return {}
        groups = [pwd.getpwnam(SERVER).pw_gid] if user == AGENT else []
        entry = pwd.getpwnam(user)
        return {"user": entry.pw_uid, "group": entry.pw_gid, "extra_groups": groups, "umask": 0o007}

    def run(self, user, *argv, env=None, cwd=None):
        return subprocess.run([str(word) for word in argv], env={**self.env, **(env or {})}, text=True,
                              cwd=cwd or self.project, capture_output=True, timeout=60, check=False,
                              stdin=subprocess.DEVNULL, **self.as_user(user))

    def pawl(self, user, *argv, **more):
        return self.run(user, self.program, *argv, **more)

    def python(self, user, code):
        """What a shell of that user could do; the exit code says whether it could."""
        # Ours may lie in a home that this user cannot enter.
        return self.run(user, shutil.which("python3", path="/usr/bin:/bin"), "-c", code)

    def start(self):
        self.daemon = subprocess.Popen([str(self.program), "serve"], env=self.env, cwd="/",
                                       stderr=subprocess.PIPE, text=True, **self.as_user(self.server))
        for _ in range(200):
            if self.daemon.poll() is not None:
                raise SystemExit("FAIL: the server ended: " + self.daemon.stderr.read())
            if self.pawl("root", "status", cwd="/").returncode == 0:
                return
            time.sleep(0.05)
        raise SystemExit("FAIL: the server does not answer")

    def stop(self):
        self.daemon.terminate()
        self.daemon.wait(timeout=30)


def own(path, user):
    entry = pwd.getpwnam(user)
    for folder, _, files in os.walk(path):
        for name in [folder] + [os.path.join(folder, file) for file in files]:
            os.chown(name, entry.pw_uid, entry.pw_gid)


def make_project(place):
    place.project.mkdir(parents=True)
    (place.project / "pawl.toml").write_text(PROJECT)
    (place.project / "train").write_text("#!/bin/sh\necho 'val_bpb: 0.9'\n")
    (place.project / "train").chmod(0o755)
    own(place.top / "home", AGENT)
    for argv in (["init", "-q"], ["add", "-A"],
                 ["-c", "user.name=a", "-c", "user.email=a@example.com", "commit", "-qm", "first"]):
        done = place.run(AGENT, "git", *argv)
        check(done.returncode == 0, f"git {argv[0]} as the agent {done.stderr}")
    for folder, _, files in os.walk(place.project):  # as a team would: readable for the server
        os.chmod(folder, 0o755)
        for name in files:
            os.chmod(os.path.join(folder, name), 0o755)


def write_policy(place, day, owner="root"):
    """As an editor does: aside, then renamed."""
    aside = place.config / "policies/default.toml.tmp"
    aside.write_text(POLICY.replace("5.00", day))
    os.chmod(aside, 0o644)
    shutil.chown(aside, owner)
    aside.rename(place.config / "policies/default.toml")


def denied(done, what):
    check(done.returncode != 0 and ("DENIED" in done.stderr or "Permission" in done.stderr),
          f"{what} is refused: {done.stderr.strip().splitlines()[-1:]}")


def wait_for(what, condition):
    for _ in range(200):
        if condition():
            return check(True, what)
        time.sleep(0.05)
    return check(False, what)


def install(place, bin_dir):
    command = [bin_dir / "pawl", "install", "--system", "--root", place.top, "--user", SERVER]
    planned = place.run("root", *command, "--dry-run", cwd="/")
    check(planned.returncode == 0 and not list(place.top.iterdir()), "a dry run shows and does nothing")
    done = place.run("root", *command, cwd="/")
    check(done.returncode == 0, "install --system " + done.stderr)
    check(done.stdout.startswith(planned.stdout.splitlines()[0]), "it does what the dry run showed")
    check(oct(place.state.stat().st_mode & 0o777) == "0o700", "the state is closed")
    again = place.run("root", *command, cwd="/")
    check(again.returncode == 0 and "secret" not in again.stdout, "a second install keeps the secret")
    (place.config / "policies/pools.toml").write_text(POOLS)
    write_policy(place, "5.00")


def the_agent_works(place):
    done = place.pawl(AGENT, "call", "submit_experiment", json.dumps({"title": "as it is", "stage": "screen"}))
    check(done.returncode == 0, "the agent submits " + done.stderr)
    done = place.pawl(AGENT, "wait", "1", "--timeout", "50")
    check("succeeded" in done.stdout, "the job runs as the server's user " + done.stdout + done.stderr)


def the_agent_attacks(place):
    policy, database = place.config / "policies/default.toml", place.state / "pawl.db"
    write_policy(place, "50.00")
    denied(place.pawl(AGENT, "policy", "approve", "--yes"), "policy approve")
    denied(place.pawl(AGENT, "budget", "add", "10", "--until", "1h", "--why", "x"), "budget add")
    denied(place.pawl(AGENT, "token", "create", "friend"), "token create")
    denied(place.pawl(AGENT, "token", "revoke", "boss"), "token revoke")
    denied(place.pawl(AGENT, "pool", "open", "cpu"), "pool open")
    denied(place.pawl(AGENT, "volume", "add", "corpus", "/tmp"), "volume add")
    denied(place.pawl(AGENT, "init"), "init")
    denied(place.python(AGENT, f"open({str(policy)!r}, 'a')"), "editing the policy")
    denied(place.python(AGENT, f"open({str(place.config / 'policies/more.toml')!r}, 'w')"), "a policy beside it")
    denied(place.python(AGENT, f"open({str(database)!r})"), "opening the database")
    denied(place.python(AGENT, f"open({str(place.config / 'approval-secret')!r})"), "reading the secret")
    denied(place.python(AGENT, f"open({str(place.config / 'approval.sha256')!r}, 'w')"), "another secret")
    denied(place.python(AGENT, f"open({str(place.program)!r}, 'r+b')"), "another program")
    socket_file = str(place.run_folder / "pawl.sock")
    denied(place.python(AGENT, f"import os; os.unlink({socket_file!r})"), "taking the socket away")
    denied(place.python(AGENT, f"import os; os.kill({place.daemon.pid}, 9)"), "killing the server")
    hello = {"jsonrpc": "2.0", "method": "pawl/hello",
             "params": {"directory": "/", "agent": "x", "client": "cli", "secret": "a guess"}}
    call = {"jsonrpc": "2.0", "id": 1, "method": "pawl/operator", "params": {"name": "policy_approve"}}
    guess = place.python(AGENT, f"import socket; s = socket.socket(socket.AF_UNIX); s.connect({socket_file!r});"
                                f"s.sendall({(json.dumps(hello) + chr(10) + json.dumps(call) + chr(10)).encode()!r});"
                                "print(s.makefile().readline())")
    check("DENIED" in guess.stdout, "a guessed secret is refused " + guess.stdout + guess.stderr)
    tool = {**call, "method": "tools/call"}
    as_tool = place.python(AGENT, f"import socket; s = socket.socket(socket.AF_UNIX); s.connect({socket_file!r});"
                                  f"s.sendall({(json.dumps(hello) + chr(10) + json.dumps(tool) + chr(10)).encode()!r});"
                                  "print(s.makefile().readline())")
    check("unknown tool" in as_tool.stdout, "no tool approves " + as_tool.stdout)
    check("$50" in place.pawl(AGENT, "policy", "diff").stdout, "the looser value still waits")


def operator_by_http(place, token, tool, arguments):
    url = next(line.split(": ")[1] for line in place.pawl(AGENT, "status").stdout.splitlines()
               if line.startswith("http: "))
    body = {"jsonrpc": "2.0", "id": 1, "method": "pawl/operator", "params": {"name": tool, "arguments": arguments}}
    request = urllib.request.Request(url, json.dumps(body).encode(), {
        "Content-Type": "application/json", "Accept": "application/json, text/event-stream",
        "Authorization": f"Bearer {token}"})
    return urllib.request.urlopen(request, timeout=30).read().decode()


def an_admins_token_speaks_for_a_human(place, boss):
    """Where it is shown; the token of an agent does not."""
    raised = ["budget", "add", "1", "--until", "1h", "--why", "a human said so"]
    night = json.loads(place.pawl("root", "--json", "token", "create", "night").stdout)["token"]
    denied(place.pawl(AGENT, *raised, env={"PAWL_TOKEN": night}), "budget add with an agent's token")
    done = place.pawl(AGENT, *raised, env={"PAWL_TOKEN": boss})
    check(done.returncode == 0, "an admin's token raises a cap without root " + done.stderr)
    check("method not found" in operator_by_http(place, night, "budget_allowances", {}),
          "an agent's token has no operator's call by HTTP")
    check("a human said so" in operator_by_http(place, boss, "budget_allowances", {}), "an admin's token has")
    again = {"usd": "1", "until": "1h", "why": "by HTTP"}
    check("by HTTP" in operator_by_http(place, boss, "budget_add", again), "and raises a cap by HTTP")


def the_agent_fakes_a_server(place):
    """It hopes that root's command shows it the secret."""
    folder = pathlib.Path(tempfile.mkdtemp(prefix="pawl-fake-"))
    heard = []
    os.chmod(folder, 0o777)
    listener = socket.socket(socket.AF_UNIX)
    uid = pwd.getpwnam(AGENT).pw_uid
    os.seteuid(uid)  # the peer's credentials are those of listen()
    listener.bind(str(folder / "pawl.sock"))
    listener.listen()
    os.seteuid(0)

    def serve():
        client, _ = listener.accept()
        heard.append(client.recv(65536))

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    done = place.pawl("root", "policy", "approve", "--yes", env={"PAWL_RUN": str(folder)}, cwd="/")
    thread.join(timeout=10)
    check(done.returncode == 3 and "not as the owner" in done.stderr, "a fake server is found out " + done.stderr)
    check(b"".join(heard) == b"", "it hears nothing, least of all the secret")
    shutil.rmtree(folder)


def separate(bin_dir, top):
    place = Place(top, SERVER)
    install(place, bin_dir)
    make_project(place)
    place.start()
    try:
        check("trust: separate" in place.pawl(AGENT, "status").stdout, "status names the mode")
        check("a cap is a cap" in place.pawl(AGENT, "doctor").stdout, "doctor names the mode")
        done = place.pawl("root", "init")
        check(done.returncode == 0, "root registers the project " + done.stderr)
        the_agent_works(place)
        boss = json.loads(place.pawl("root", "--json", "token", "create", "boss", "--admin").stdout)["token"]
        the_agent_attacks(place)
        an_admins_token_speaks_for_a_human(place, boss)
        the_agent_fakes_a_server(place)
        approved = place.pawl("root", "policy", "approve", "--yes")
        check(approved.returncode == 0 and "only what goes through pawl" not in approved.stdout,
              "root approves " + approved.stderr)
        check("in force as they stand" in place.pawl(AGENT, "policy", "diff").stdout, "nothing waits any more")
        write_policy(place, "2.00")
        wait_for("a tighter file counts without a restart",
                 lambda: "budget.day: $50.00 -> $2.00" in place.pawl(AGENT, "policy", "log").stdout)
        place.project.chmod(0o700)
        closed = place.pawl(AGENT, "call", "submit_experiment", '{"title": "from a closed folder", "from": "worktree"}')
        said = closed.stdout + closed.stderr
        check("cannot read" in said, "a repository that the server cannot read is named " + said)
    finally:
        place.stop()
    undone = place.run("root", bin_dir / "pawl", "install", "--system", "--uninstall", "--root", top, cwd="/")
    check(undone.returncode == 0 and not place.program.exists() and place.state.exists(),
          "uninstalling leaves the state " + undone.stderr)


def same_user(bin_dir, top):
    place = Place(top, AGENT)
    shutil.copytree(bin_dir, place.program.parent, ignore=lambda _, names: [
        name for name in names if name not in ("pawl", "pawl-keeper")])
    make_project(place)
    (place.config / "policies").mkdir(parents=True)
    (place.config / "policies/pools.toml").write_text(POOLS)
    write_policy(place, "5.00")
    for folder in (place.state, place.run_folder):
        folder.mkdir(parents=True)
    own(top, AGENT)
    place.state.chmod(0o700)
    place.start()
    try:
        doctor = place.pawl(AGENT, "doctor").stdout
        check("not a hard cap" in doctor, "doctor says that it is no hard cap")
        check(place.pawl(AGENT, "init").returncode == 0, "the agent itself registers the project")
        write_policy(place, "50.00", AGENT)
        approved = place.pawl(AGENT, "policy", "approve", "--yes")
        check(approved.returncode == 0 and "only what goes through pawl" in approved.stdout,
              "the agent's shell approves, and is told what that is worth")
        done = place.pawl(AGENT, "budget", "add", "10", "--until", "1h", "--why", "one more sweep")
        check(done.returncode == 0, "and raises a cap " + done.stderr)
        check("one more sweep" in place.pawl(AGENT, "budget", "allowances").stdout, "which is listed")
        check("adds up" in place.pawl(AGENT, "doctor").stdout, "the ledger is whole")
    finally:
        place.stop()
    with sqlite3.connect(place.state / "pawl.db") as database:
        database.execute("DROP TRIGGER ledger_keeps_values")
        database.execute("UPDATE ledger SET reason = 'nobody was here' WHERE kind = 'adjust'")
    database.close()
    doctor = place.pawl(AGENT, "doctor")
    check(doctor.returncode == 1 and "its hash does not follow" in doctor.stdout,
          "a changed row of the ledger is found " + doctor.stdout)


def main():
    if os.geteuid() != 0 or not {SERVER, AGENT} <= {entry.pw_name for entry in pwd.getpwall()}:
        print(f"skipped: needs root, and the users {SERVER} and {AGENT}")
        sys.exit(77)
    bin_dir = pathlib.Path(sys.argv[1]).resolve()
    for mode in (separate, same_user):
        top = pathlib.Path(tempfile.mkdtemp(prefix="pawl-trust-"))
        top.chmod(0o755)
        try:
            print(f"-- {mode.__name__}", flush=True)
            mode(bin_dir, top)
        finally:
            shutil.rmtree(top, ignore_errors=True)


if __name__ == "__main__":
    main()
