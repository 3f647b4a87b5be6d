"""A client that keeps the server busy and never forgets what was acknowledged to it."""
import json
import random
import socket
import threading
import time

TERMINAL = {"succeeded", "failed", "timed_out", "cancelled"}


class Connection:
    """Newline-delimited JSON-RPC on the server's Unix socket; reconnects for as long as the server needs to come back."""

    def __init__(self, root, project, agent):
        self.path = str(root / "state" / "pawl.sock")
        self.hello = {"directory": str(project), "agent": agent, "client": "cli"}
        self.stream, self.ids = None, 0

    def connect(self, limit_s=30):
        deadline = time.monotonic() + limit_s
        while True:
            try:
                link = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
                link.settimeout(60)
                link.connect(self.path)
                self.stream = link.makefile("rwb")
                self.send({"jsonrpc": "2.0", "method": "pawl/hello", "params": self.hello})
                return
            except OSError:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.01)

    def send(self, message):
        self.stream.write(json.dumps(message).encode() + b"\n")
        self.stream.flush()

    def request(self, method, params):
        """The result, or None when the server went away before it answered."""
        try:
            if self.stream is None:
                self.connect()
            self.ids += 1
            self.send({"jsonrpc": "2.0", "id": self.ids, "method": method, "params": params})
            while line := self.stream.readline():
                message = json.loads(line)
                if message.get("id") == self.ids:
                    return message.get("result") or {"isError": True, "content": [{"text": str(message)}]}
        except OSError:
            pass
        self.stream = None
        return None

    def tool(self, name, arguments):
        return self.request("tools/call", {"name": name, "arguments": arguments})

    def initialise(self):
        while (done := self.request("pawl/operator", {"name": "init", "arguments": {}})) is None:
            pass
        if done.get("isError"):
            raise SystemExit(f"init failed: {done}")


def rows(result):
    data = result["structuredContent"]
    return [dict(zip(data["columns"], row)) for row in data.get("rows", [])]


class BusyClient(threading.Thread):
    def __init__(self, root, project, agent, seed, stop):
        super().__init__(daemon=True)
        self.connection = Connection(root, project, agent)
        self.agent, self.dice, self.stop_asked = agent, random.Random(seed), stop
        self.acknowledged, self.failures, self.count = [], [], 0

    def run(self):
        while not self.stop_asked.is_set():
            self.submit()
            if self.dice.random() < 0.15 and self.acknowledged:
                number = self.dice.choice(self.acknowledged[-8:])[1]
                self.connection.tool("cancel_jobs", {"jobs": [str(number)], "why": "torment"})
            if self.dice.random() < 0.5:
                self.connection.tool("wait_jobs", {"until": "any", "timeout_s": 1})

    def submit(self):
        self.count += 1
        key = f"{self.agent}-{self.count}"
        arguments = {"title": f"job {key}", "from": "base", "stage": "screen", "key": key,
                     "params": {"ms": self.dice.randrange(0, 300), "n": hash_free_number(key)}}
        first = None
        while True:
            result = self.connection.tool("submit_experiment", arguments)
            if result is None:  # the reply was lost: the same key must give the same job
                if self.stop_asked.is_set():
                    return
                continue
            if result.get("isError"):
                text = result["content"][0]["text"]
                if "max_queued" not in text and not text.startswith("ENGINE"):
                    self.failures.append(f"{key}: {text}")
                time.sleep(0.05)
                return
            number = int(str(rows(result)[0]["job"]).split("-")[0])
            if first is not None and first != number:
                self.failures.append(f"{key} was given job {first} and job {number}")
            if first is None and self.dice.random() < 0.1:
                first = number
                continue  # ask again with the same key
            self.acknowledged.append((key, number))
            return


def hash_free_number(key):
    """A different parameter for every key, so that equal content is never handed back."""
    agent, count = key.rsplit("-", 1)
    return int(agent.rsplit("-", 1)[1]) * 1_000_000 + int(count)


def wait_until_idle(root, project, limit_s):
    connection = Connection(root, project, "referee")
    deadline = time.monotonic() + limit_s
    while time.monotonic() < deadline:
        result = connection.request("pawl/operator", {"name": "jobs", "arguments": {"limit": 1000}})
        if result and not result.get("isError"):
            waiting = [row for row in rows(result) if row["state"] not in TERMINAL]
            if not waiting:
                return
        time.sleep(0.2)
    raise SystemExit(f"jobs did not end within {limit_s} s: {waiting[:5]}")
