#!/usr/bin/env python3
"""One night of research, played by a script in the agent's place.

    night.py PAWL PROJECT PLAN OUT

PAWL: the program; PROJECT: a repository that `pawl init` knows; PLAN: what to try (plan.toml of an example); OUT: a folder.

It speaks MCP to `pawl mcp` as Claude Code does: the baseline with several seeds, rounds of candidates, the winner of each
confirmed on fresh seeds before it is kept, the others written down. It prints what happens and leaves OUT/night.json.
"""

import json
import pathlib
import signal
import subprocess
import sys
import time
import tomllib

from mcp import Client, ToolError, rows

WAIT_SECONDS = 50  # of one call; a client's own limit is about 60


def say(text=""):
    print(text, flush=True)


def number(value, form, absent="-"):
    return absent if value is None else format(value, form)


def mean(values):
    return sum(values) / len(values)


class Night:
    def __init__(self, client, plan, folder):
        self.client = client
        self.plan = plan
        self.folder = folder  # of the plan: patches lie there
        self.seeds = plan["seeds"]
        self.open = []  # handles and rounds that may still run
        self.jobs = []
        self.denied = []
        self.base = None  # mean of the baseline
        self.best = None  # confirmed mean of the last keep
        self.keeps = []
        self.best_revision = ""

    # --- submitting

    def variant(self, entry):
        """A candidate of the plan as submit_sweep takes it; a patch is a file beside the plan."""
        variant = {key: value for key, value in entry.items() if key != "patch"}
        if "patch" in entry:
            variant["patch"] = (self.folder / entry["patch"]).read_text()
        return variant

    def submit_baseline(self):
        job = {"title": "baseline", "from": "base", "repeat": self.seeds, "key": "night-baseline"}
        lines = rows(self.client.call("submit_experiment", **job))
        self.open += [line["job"] for line in lines]
        return [line["job"] for line in lines]

    def submit_round(self, index, plan):
        variants = [self.variant(entry) for entry in plan["variant"]]
        sweep = self.client.call("submit_sweep", title=plan["title"], variants=variants, key=f"night-round-{index}")
        self.open.append(sweep["round"])
        return sweep["round"]

    def try_over_cap(self):
        """A submit that the policy must refuse: the refusal says why and what would fit."""
        asked = self.plan.get("over_cap")
        if asked is None:
            return
        say()
        say(f"one that asks for too much: {asked['title']}")
        try:
            self.client.call("submit_experiment", **asked)
        except ToolError as error:
            self.denied.append(str(error))
            for line in str(error).splitlines():
                say(f"  {line}")
            if str(error).startswith("DENIED"):
                return
        raise ToolError("a submit over the cap was not denied")

    # --- waiting

    def wait(self, targets):
        """The finished jobs of these jobs and rounds, printed as they end."""
        finished, cursor = [], {}
        while True:
            reply = self.client.call("wait_jobs", jobs=targets, until="any", timeout_s=WAIT_SECONDS, **cursor)
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

    # --- judging

    def floor(self):
        return self.client.call("leaderboard", limit=1)["noise_floor"]

    def judge(self, finished):
        """Confirms the best job of a round on fresh seeds, keeps it where it is better than noise, writes down the rest."""
        good = [job for job in finished if job["value"] is not None]
        winner = min(good, key=lambda job: job["value"], default=None)
        for job in finished:
            if job is winner:
                continue
            decision = "discard" if job["value"] is not None else "crash"
            why = "not the best of its round" if decision == "discard" else job["detail"] or "no result"
            self.client.call("record_decision", job=job["job"], decision=decision, why=why)
        if winner is not None:
            self.confirm(winner)

    def confirm(self, winner):
        say(f"  {winner['job']} once more, with fresh seeds")
        again = {"title": winner["title"], "from": winner["job"], "repeat": self.seeds, "key": f"confirm-{winner['job']}"}
        lines = rows(self.client.call("submit_experiment", **again))
        fresh = [line["job"] for line in lines if not line["reused"]]
        self.open += fresh
        values = [job["value"] for job in self.wait(fresh)]
        confirmed = mean(values) if values and None not in values else None
        if confirmed is None or confirmed >= self.best - self.floor():
            why = f"{number(confirmed, '.4f')} on fresh seeds is not better than {self.best:.4f} by more than noise"
            self.client.call("record_decision", job=winner["job"], decision="discard", why=why)
            say(f"  Discarded: {why}.")
            return
        why = f"best of its round; {confirmed:.4f} on {len(fresh)} fresh seeds"
        reply = self.client.call("record_decision", job=winner["job"], decision="keep", why=why)
        self.best = confirmed
        self.keeps.append(winner["job"])
        self.best_revision = reply["best_revision"]
        say(f"  {reply['summary']}")

    # --- the night

    def play(self):
        """The first round starts beside the baseline, so that no slot waits for the other."""
        handles = self.submit_baseline()
        first = self.submit_round(1, self.plan["round"][0])
        say(f"baseline, with {self.seeds} seeds: how far apart do equal experiments end?")
        values = [job["value"] for job in self.wait(handles)]
        if None in values:
            raise ToolError("the baseline gave no result")
        self.base = self.best = mean(values)
        self.client.call("record_decision", job=handles[0], decision="note", why=f"baseline: {self.base:.4f}")
        for index, plan in enumerate(self.plan["round"], 1):
            say()
            say(f"round {index}: {plan['title']}")
            if index > 1:
                first = self.submit_round(index, plan)
            self.judge(self.wait([first]))
        self.try_over_cap()

    def cancel(self):
        if self.open:
            self.client.call("cancel_jobs", jobs=self.open, why="the night was interrupted")
            self.client.call("wait_jobs", jobs=self.open, timeout_s=20)

    def result(self, report):
        """What the night came to; `report` is the morning's."""
        cost = self.client.call("cost_status", by="stage")
        return {
            "best_revision": self.best_revision,
            "base": round(self.base, 6),
            "best": round(self.best, 6),
            "noise_floor": self.floor(),
            "jobs": len(self.jobs),
            "succeeded": sum(job["state"] == "succeeded" for job in self.jobs),
            "keeps": len(self.keeps),
            "denied": len(self.denied),
            "bill_usd": cost["spent_micro"] / 1e6,
            "reserved_usd": cost["reserved_micro"] / 1e6,
            "ledger_ok": cost["ledger_ok"],
            "slots": report["slots"],
            "busy_share": round(report["slot_busy_ms"] / (report["slots"] * report["wall_ms"]), 3),
            "one_after_another_s": round(report["busy_ms"] / 1000, 1),
        }


def interrupt(*_):
    for each in (signal.SIGINT, signal.SIGTERM):
        signal.signal(each, signal.SIG_IGN)  # once is enough: what runs is being cancelled
    raise KeyboardInterrupt


def commit_of(folder):
    done = subprocess.run(["git", "-C", folder, "rev-parse", "HEAD"], capture_output=True, text=True, check=False)
    return done.stdout.strip()


def morning(program, project):
    done = subprocess.run([program, "--json", "report"], cwd=project, capture_output=True, text=True, check=True)
    return json.loads(done.stdout)


def play(client, program, project, plan, out):
    """Plays `plan` with a client of examples/mcp.py's shape; raises ToolError where the night did not end as it should."""
    began = time.monotonic()
    plan, out = pathlib.Path(plan), pathlib.Path(out)
    night = Night(client, tomllib.loads(plan.read_text()), plan.parent)
    try:
        say(client.call("briefing")["budget"])
        say()
        say(f"  {'job':<5}{'state':<11}{'result':>8}{'delta':>10}{'noise':>8}  title")
        night.play()
        seconds = round(time.monotonic() - began, 1)
        result = {"commit": commit_of(plan.parent), **night.result(morning(program, project)), "seconds": seconds}
    except KeyboardInterrupt:
        say("\ninterrupted: cancelling what runs")
        night.cancel()
        raise
    (out / "night.json").write_text(json.dumps(result, indent=2) + "\n")
    for key, wanted in {**night.plan["expected"], "ledger_ok": True, "reserved_usd": 0}.items():
        if result[key] != wanted:
            raise ToolError(f"the night did not end as it should: {key} is {result[key]}, not {wanted}; see night.json")
    if result["base"] - result["best"] <= result["noise_floor"]:
        raise ToolError(f"{result['best']} is not better than {result['base']} by more than noise; see night.json")


def main(program, project, plan, out):
    client = Client(program, project, "night")
    try:
        play(client, program, project, plan, out)
    finally:
        client.close()


if __name__ == "__main__":
    if len(sys.argv) != 5:
        sys.exit(__doc__)
    for each in (signal.SIGINT, signal.SIGTERM):
        signal.signal(each, interrupt)
    try:
        main(*sys.argv[1:])
    except ToolError as error:
        sys.exit(f"night.py: {error}")
    except KeyboardInterrupt:
        sys.exit(130)
