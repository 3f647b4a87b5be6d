#!/usr/bin/env python3
"""One night of research, played by a script in the agent's place.

    night.py PAWL PROJECT OUT      PAWL: the program; PROJECT: a repository that `pawl init` knows; OUT: a folder

It speaks MCP to `pawl mcp` as Claude Code does: a baseline, two rounds of three candidates, the best of each kept,
the others written down. It prints what happened and leaves OUT/night.json.
"""

import json
import pathlib
import signal
import subprocess
import sys
import time

HERE = pathlib.Path(__file__).resolve().parent
WAIT_SECONDS = 50  # of one call; a client's own limit is about 60

TRAIN = "train.cpp"
ROUNDS = [
    {
        "title": "what to spend the budget on",
        "variants": [
            {"title": "half the context, twice the embedding", "params": {"context": 6, "embedding": 32}},
            {"title": "five times the learning rate", "params": {"lr": 0.01}},
            {"title": "twice the hidden layer", "params": {"hidden": 384}},
        ],
    },
    {
        "title": "changes to the code",
        "variants": [
            {
                "title": "cool down over the last half",
                "edits": [
                    {
                        "path": TRAIN,
                        "old": "double schedule(double /*progress*/) { return 1; }",
                        "new": "double schedule(double progress) { return std::min(1.0, 2 * (1 - progress)); }",
                    }
                ],
            },
            {
                "title": "squared ReLU instead of tanh",
                "edits": [
                    {
                        "path": TRAIN,
                        "old": "float activation(float x) { return std::tanh(x); }",
                        "new": "float activation(float x) { return x > 0 ? x * x : 0; }",
                    },
                    {
                        "path": TRAIN,
                        "old": "float slope(float /*x*/, float y) { return 1 - y * y; }",
                        "new": "float slope(float x, float /*y*/) { return x > 0 ? 2 * x : 0; }",
                    },
                ],
            },
            {
                "title": "rows for hashed n-grams of 2 to 5 bytes",
                "patch": (HERE / "candidates" / "ngrams.patch").read_text(),
            },
        ],
    },
]


class ToolError(Exception):
    pass


class Client:
    """MCP over the standard streams of `pawl mcp`: one JSON-RPC message a line."""

    def __init__(self, program, project):
        # Its own session: Ctrl-C reaches us, and we still can cancel what runs.
        self.server = subprocess.Popen(
            [program, "mcp", "--agent", "night"],
            cwd=project,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        self.last_id = 0
        me = {"name": "night.py", "version": "1"}
        self.request("initialize", {"protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": me})
        self.send({"method": "notifications/initialized"})

    def send(self, message):
        self.server.stdin.write(json.dumps({"jsonrpc": "2.0", **message}) + "\n")
        self.server.stdin.flush()

    def request(self, method, params):
        self.last_id += 1
        self.send({"id": self.last_id, "method": method, "params": params})
        for line in self.server.stdout:
            message = json.loads(line)
            if message.get("id") != self.last_id:
                continue  # a notification
            if "error" in message:
                raise ToolError(f"{method}: {message['error']['message']}")
            return message["result"]
        raise ToolError(f"{method}: the server went away")

    def call(self, tool, **arguments):
        result = self.request("tools/call", {"name": tool, "arguments": arguments})
        if result.get("isError"):
            raise ToolError(f"{tool}: {result['content'][0]['text']}")
        return result["structuredContent"]

    def close(self):
        self.server.stdin.close()
        self.server.wait(timeout=10)


def rows(reply):
    """{"columns": [...], "rows": [[...]]} as a list of dicts."""
    return [dict(zip(reply["columns"], row)) for row in reply["rows"]]


def say(text=""):
    print(text, flush=True)


def number(value, form, absent="-"):
    return absent if value is None else format(value, form)


class Night:
    def __init__(self, client):
        self.client = client
        self.open = []  # handles and rounds that may still run
        self.jobs = []
        self.steps = []  # (val_bpb, handle, title) of the baseline and every keep
        self.best_revision = ""

    def wait(self, target):
        """The finished jobs of a job or round, printed as they end."""
        finished, cursor = [], {}
        while True:
            reply = self.client.call("wait_jobs", jobs=[target], until="any", timeout_s=WAIT_SECONDS, **cursor)
            for job in rows(reply):
                finished.append(job)
                self.show(job)
            if not reply["waiting"]["rows"]:
                self.jobs += finished
                return finished
            cursor = {"cursor": reply["cursor"]}

    @staticmethod
    def show(job):
        noise = number(job["noise_x"], ".1f") + "x" if job["noise_x"] is not None else "-"
        say(
            f"  {job['job']:<5}{job['state']:<11}{number(job['value'], '.4f'):>8}{number(job['delta'], '+.4f'):>10}"
            f"{noise:>8}  {job['title']}" + (f" ({job['detail']})" if job["state"] != "succeeded" else "")
        )

    def baseline(self):
        say("baseline, with two seeds: how far apart do equal experiments end?")
        job = {"title": "baseline", "from": "base", "stage": "screen", "repeat": 2, "key": "night-baseline"}
        handles = [line["job"] for line in rows(self.client.call("submit_experiment", **job))]
        self.open += handles
        finished = [job for handle in handles for job in self.wait(handle)]
        for job in finished:
            if job["value"] is None:
                raise ToolError(f"job {job['job']} gave no result: {job['detail']}")
        mean = sum(job["value"] for job in finished) / len(finished)
        self.steps.append((mean, "base", f"baseline, mean of {len(finished)} seeds"))
        why = f"baseline: {mean:.4f}, {len(finished)} seeds"
        self.client.call("record_decision", job=finished[0]["job"], decision="note", why=why)

    def play(self, index, plan):
        say()
        say(f"round {index}: {plan['title']}")
        sweep = self.client.call("submit_sweep", base="best", stage="screen", key=f"night-round-{index}", **plan)
        say(f"  {sweep['summary']}")
        self.open.append(sweep["round"])
        self.judge(self.wait(sweep["round"]))

    def judge(self, finished):
        """Keeps the best job where it beats the best so far, and writes down the rest."""
        good = [job for job in finished if job["value"] is not None]
        winner = min(good, key=lambda job: job["value"], default=None)
        for job in finished:
            if job is winner and job["value"] < self.steps[-1][0]:
                self.keep(job)
            else:
                decision = "discard" if job["value"] is not None else "crash"
                why = "not the best of its round" if decision == "discard" else job["detail"] or "no result"
                self.client.call("record_decision", job=job["job"], decision=decision, why=why)

    def keep(self, job):
        reply = self.client.call("record_decision", job=job["job"], decision="keep", why="best of its round")
        self.steps.append((job["value"], job["job"], job["title"]))
        self.best_revision = reply["best_revision"]
        say(f"  {reply['summary']}")

    def staircase(self):
        say()
        say("the staircase (val_bpb of a book that was never trained on, lower is better)")
        worst, best = self.steps[0][0], self.steps[-1][0]
        for value, handle, title in self.steps:
            width = 20 + round(24 * (value - best) / (worst - best)) if worst > best else 44
            say(f"  {handle:<5}{value:.4f}  {'#' * width:<44}  {title}")

    def bill(self):
        """Prints what it cost; returns cost_status."""
        cost = self.client.call("cost_status", by="stage")
        say()
        say("the bill")
        say(f"  {cost['summary']}")
        say(f"  {'budget':<22}{'window':<12}{'cap':>7}{'spent':>8}{'reserved':>10}{'left':>8}")
        for line in rows(cost["budgets"]):
            if line["cap_usd"] is None:
                continue
            amounts = [number(line[key], ".2f") for key in ("cap_usd", "spent_usd", "reserved_usd", "left_usd")]
            say(f"  {line['budget']:<22}{line['window']:<12}{amounts[0]:>7}{amounts[1]:>8}{amounts[2]:>10}{amounts[3]:>8}")
        return cost

    def cancel(self):
        if self.open:
            self.client.call("cancel_jobs", jobs=self.open, why="the night was interrupted")
            self.client.call("wait_jobs", jobs=self.open, timeout_s=20)


def interrupt(*_):
    for each in (signal.SIGINT, signal.SIGTERM):
        signal.signal(each, signal.SIG_IGN)  # once is enough: what runs is being cancelled
    raise KeyboardInterrupt


def commit_of(folder):
    done = subprocess.run(["git", "-C", folder, "rev-parse", "HEAD"], capture_output=True, text=True, check=False)
    return done.stdout.strip()


def main(program, project, out):
    began = time.monotonic()
    client = Client(program, project)
    night = Night(client)
    try:
        say(client.call("briefing")["budget"])
        say()
        say(f"  {'job':<5}{'state':<11}{'val_bpb':>8}{'delta':>10}{'noise':>8}  title")
        night.baseline()
        for index, plan in enumerate(ROUNDS, 1):
            night.play(index, plan)
        night.staircase()
        cost = night.bill()
    except KeyboardInterrupt:
        say("\ninterrupted: cancelling what runs")
        night.cancel()
        raise
    finally:
        client.close()

    result = {
        "commit": commit_of(HERE),
        "best_revision": night.best_revision,
        "base_val_bpb": round(night.steps[0][0], 6),
        "best_val_bpb": night.steps[-1][0],
        "jobs": len(night.jobs),
        "succeeded": sum(job["state"] == "succeeded" for job in night.jobs),
        "keeps": len(night.steps) - 1,
        "bill_usd": cost["spent_micro"] / 1e6,
        "reserved_usd": cost["reserved_micro"] / 1e6,
        "ledger_ok": cost["ledger_ok"],
        "seconds": round(time.monotonic() - began, 1),
    }
    (pathlib.Path(out) / "night.json").write_text(json.dumps(result, indent=2) + "\n")
    say()
    say(
        f"{result['base_val_bpb']:.4f} -> {result['best_val_bpb']:.4f} val_bpb with {result['jobs']} jobs for "
        f"${result['bill_usd']:.4f} in {result['seconds']:.0f} s; ${result['reserved_usd']:.2f} is still reserved"
    )
    went_well = result["succeeded"] == result["jobs"] and result["keeps"] == len(ROUNDS)
    if not went_well or not result["ledger_ok"] or cost["reserved_micro"] != 0:
        raise ToolError("the night did not end as it should: see night.json and the table above")


if __name__ == "__main__":
    if len(sys.argv) != 4:
        sys.exit(__doc__)
    for each in (signal.SIGINT, signal.SIGTERM):
        signal.signal(each, interrupt)
    try:
        main(*sys.argv[1:])
    except ToolError as error:
        sys.exit(f"night.py: {error}")
    except KeyboardInterrupt:
        sys.exit(130)
