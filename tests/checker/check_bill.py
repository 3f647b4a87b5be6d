#!/usr/bin/env python3
"""Recomputes the bill from what the keepers recorded and compares it with the ledger.

    check_bill.py STATE_DIR POOLS.toml [--acked FILE] [--running]

Shares no code with the server. The bill comes from each attempt's record/status.json and the pools
file; the ledger is read from STATE_DIR/pawl.db. Prints one line per finding and a summary; ends with
1 when there is a finding.

--acked FILE   submits that were acknowledged, one a line: KEY, NUMBER, or KEY NUMBER of the job.
--running      the server still works: open reservations and unfinished jobs are no finding.
"""
import argparse
import collections
import decimal
import hashlib
import json
import pathlib
import sqlite3
import sys
import tomllib

FINAL = {"succeeded", "failed", "timed_out", "cancelled"}
MS_PER_HOUR = 3_600_000
RECORD_FIELDS = {
    "version", "token", "written_by", "outcome", "phase", "exit_code", "signal", "error", "started_at_ms",
    "ended_at_ms", "billed_ms", "build_ms", "command_ms", "first_instruction_ms", "cpu_ms", "rss_max_kb",
    "stdout_bytes", "stderr_bytes", "log_truncated", "pid_namespace", "boot_id"}


class Findings(list):
    def __call__(self, text):
        self.append(text)
        print("FINDING", text)


def prices_of(pools_file):
    """Pool name -> micro-USD per unit and hour, exactly."""
    with open(pools_file, "rb") as file:
        pools = tomllib.load(file, parse_float=decimal.Decimal)["pool"]
    prices = {}
    for name, pool in pools.items():
        micros = decimal.Decimal(pool["price"]) * 1_000_000
        if micros != micros.to_integral_value():
            raise SystemExit(f"pool {name}: price {pool['price']} has more than six decimals")
        prices[name] = int(micros)
    return prices


def cost(price, gpus, billed_ms):
    return -(-price * max(1, gpus) * billed_ms // MS_PER_HOUR)  # rounded up, integers only


def usd(micros):
    return f"{micros // 1_000_000}.{micros % 1_000_000:06}"


def read_records(state, find):
    """(project, job number, attempt number) -> status.json, or None where there is none."""
    records = {}
    for folder in sorted(state.glob("attempts/*/*")):
        number, _, attempt = folder.name.rpartition("-")
        if not (number.isdigit() and attempt.isdigit() and folder.is_dir()):
            find(f"{folder} is no attempt's folder")
            continue
        path = folder / "record" / "status.json"
        record = None
        if path.exists():
            record = json.loads(path.read_text())
            if set(record) != RECORD_FIELDS or type(record["billed_ms"]) is not int or record["billed_ms"] < 0:
                find(f"{path} is not a record")
                record = None
        records[folder.parent.name, int(number), int(attempt)] = record
    return records


def open_database(state):
    connection = sqlite3.connect(f"file:{state / 'pawl.db'}?mode=ro", uri=True)
    connection.row_factory = sqlite3.Row
    connection.execute("BEGIN")  # one snapshot, also of a running server
    return connection


def check_attempt(name, attempt, record, price, find):
    """The bill of one attempt in micro-USD."""
    if record is None:
        if attempt["launched_at"] is not None and attempt["state"] == "ended":
            find(f"{name} was launched and has no record")
        if attempt["cost"]:
            find(f"{name} was charged {attempt['cost']} micro-USD and has no record")
        return 0
    if record["token"] != attempt["token"]:
        find(f"{name} holds the record of another attempt")
    if attempt["state"] != "ended":
        return 0  # not settled yet
    if price is None:
        find(f"{name} ran on pool {attempt['pool']}, which has no price")
        return 0
    if price != attempt["price"]:
        find(f"{name} was priced {attempt['price']}, the pool costs {price}")
    if max(1, attempt["gpus"]) != attempt["units"]:
        find(f"{name} has {attempt['gpus']} GPUs and is charged for {attempt['units']} units")
    bill = cost(price, attempt["gpus"], record["billed_ms"])
    if (attempt["cost"], attempt["billed_ms"]) != (bill, record["billed_ms"]):
        find(f"{name} costs {bill} micro-USD for {record['billed_ms']} ms,"
             f" its row says {attempt['cost']} for {attempt['billed_ms']} ms")
    if record["outcome"] != attempt["outcome"]:
        find(f"{name} ended {record['outcome']}, its row says {attempt['outcome']}")
    return bill


def check_attempts(database, records, prices, running, find):
    """Job id -> its bill; attempts and folders must be the same set."""
    bills = collections.Counter()
    rows = database.execute(
        "SELECT a.*, p.name AS project, j.number AS job_number FROM attempt a JOIN job j ON j.id = a.job"
        " JOIN project p ON p.id = j.project").fetchall()
    for row in rows:
        key = row["project"], row["job_number"], row["number"]
        name = "attempt {}/{:03}-{}".format(*key)
        if key not in records and row["launched_at"] is not None:
            find(f"{name} was launched and has no folder")
        bills[row["job"]] += check_attempt(name, row, records.get(key), prices.get(row["pool"]), find)
    known = {(row["project"], row["job_number"], row["number"]) for row in rows}
    for key in sorted(set(records) - known if not running else ()):
        find("folder {}/{:03}-{} has no attempt in the database".format(*key))
    return bills


def check_overlaps(records, find):
    """Q2: one live attempt per job."""
    jobs = collections.defaultdict(list)
    for (project, number, attempt), record in records.items():
        if record is not None:
            jobs[project, number].append((record["started_at_ms"], record["ended_at_ms"], attempt))
    for (project, number), runs in jobs.items():
        runs.sort()
        for earlier, later in zip(runs, runs[1:]):
            if later[0] < earlier[1]:
                find(f"job {project}/{number:03}: attempts {earlier[2]} and {later[2]} overlap")


def check_jobs(database, running, find):
    for row in database.execute(
            "SELECT j.*, p.name AS project_name, (SELECT count(*) FROM attempt a WHERE a.job = j.id) AS runs,"
            " (SELECT count(*) FROM attempt a WHERE a.job = j.id AND a.state != 'ended') AS live"
            " FROM job j JOIN project p ON p.id = j.project"):
        name = f"job {row['project_name']}/{row['number']:03}"
        if row["state"] not in FINAL:
            if not running:
                find(f"{name} is still {row['state']}")
            continue
        if row["live"]:
            find(f"{name} is {row['state']} and has {row['live']} live attempts")
        if row["state"] in ("succeeded", "timed_out") and not row["runs"]:
            find(f"{name} is {row['state']} and never ran")
        if row["attempts"] != row["runs"]:
            find(f"{name} counts {row['attempts']} attempts and has {row['runs']}")


def check_ledger(database, bills, find):
    """Every window that a reservation was made in carries the job's bill; a day, a night, a week or a
    month its part of it, rounded up by itself. Gives the total that the ledger says was spent."""
    charged = collections.defaultdict(int)  # (job, node, window kind) -> micro-USD
    parts = collections.Counter()
    for row in database.execute(
            "SELECT r.job, w.node, w.kind, sum(l.spent_money + l.overrun_money) AS paid, count(*) AS windows"
            " FROM ledger l JOIN reservation r ON r.id = l.reservation JOIN budget_window w ON w.id = l.budget_window"
            " WHERE l.kind = 'settle' GROUP BY r.job, w.node, w.kind"):
        charged[row["job"], row["node"], row["kind"]] = row["paid"]
        parts[row["job"], row["node"], row["kind"]] = row["windows"]
    nodes = {row["id"]: f"{row['kind']} {row['name']}" for row in database.execute("SELECT * FROM budget_node")}
    for (job, node, kind), paid in charged.items():
        slack = parts[job, node, kind] if kind in ("day", "night", "week", "month") else 0
        least = 0 if kind == "night" else bills[job]  # nights leave the days between them out
        if not least <= paid <= bills[job] + slack:
            find(f"job id {job}: {nodes[node]} ({kind}) was charged {paid} micro-USD, the bill is {bills[job]}")
    experiment = {job: paid for (job, node, kind), paid in charged.items() if kind == "experiment"}
    for job, bill in bills.items():
        if bill and job not in experiment:
            find(f"job id {job}: a bill of {bill} micro-USD is not in the ledger")
    total = database.execute(
        "SELECT coalesce(sum(l.spent_money + l.overrun_money), 0) FROM ledger l JOIN budget_window w"
        " ON w.id = l.budget_window JOIN budget_node n ON n.id = w.node"
        " WHERE n.kind = 'global' AND w.kind = 'total' AND l.kind = 'settle'").fetchone()[0]
    if sum(experiment.values()) != total:
        find(f"experiments sum to {sum(experiment.values())} micro-USD, the global total is {total}")
    return total


def check_balances(database, running, find):
    """The balances are the sums of the rows, no cap is passed, and nothing is reserved at the end."""
    for row in database.execute(
            "SELECT w.*, coalesce(sum(l.spent_money), 0) AS spent, coalesce(sum(l.reserved_money), 0) AS reserved,"
            " coalesce(sum(l.overrun_money), 0) AS overrun FROM budget_window w"
            " LEFT JOIN ledger l ON l.budget_window = w.id GROUP BY w.id"):
        name = f"budget window {row['id']}"
        if (row["spent"], row["reserved"], row["overrun"]) != (
                row["spent_money"], row["reserved_money"], row["overrun_money"]):
            find(f"{name}: its balance is not the sum of its ledger rows")
        if row["reserved"] and not running:
            find(f"{name}: {row['reserved']} micro-USD are still reserved")
    for row in database.execute(
            "SELECT id, reserved_money, headroom_money FROM ledger WHERE kind = 'reserve'"
            " AND headroom_money IS NOT NULL AND reserved_money > headroom_money"):
        find(f"ledger row {row['id']} reserved {row['reserved_money']} with {row['headroom_money']} left")
    open_now = database.execute("SELECT count(*) FROM reservation WHERE state = 'open'").fetchone()[0]
    if open_now and not running:
        find(f"{open_now} reservations are still open")


def check_chain(database, find):
    """L21: each row's hash covers the row and the hash before it."""
    previous, expected = "", 1
    for row in database.execute("SELECT * FROM ledger ORDER BY id"):
        optional = ["-" if row[c] is None else str(row[c]) for c in ("headroom_money", "headroom_gpu_ms")]
        fields = [previous, row["id"], row["at"], row["epoch"], row["kind"],
                  "-" if row["reservation"] is None else row["reservation"], row["budget_window"],
                  *(f"{row[a + '_money']},{row[a + '_gpu_ms']}" for a in ("reserved", "spent", "overrun")), *optional,
                  *(f"{len(row[c].encode())}:{row[c]}" for c in ("principal", "reason"))]
        digest = hashlib.sha256("|".join(map(str, fields)).encode()).hexdigest()
        if row["id"] != expected or digest != row["hash"]:
            find(f"ledger row {row['id']}: the hash chain is broken")
            return
        previous, expected = row["hash"], expected + 1


def check_acked(database, path, find):
    """Q1, Q10: an acknowledged submit exists, once."""
    numbers = collections.Counter(row[0] for row in database.execute("SELECT number FROM job"))
    keys = collections.defaultdict(list)
    for row in database.execute("SELECT i.key, j.number FROM idempotency i LEFT JOIN job j ON j.id = i.job"):
        keys[row["key"]].append(row["number"])
    for line in path.read_text().splitlines():
        *key, last = line.split() or [""]
        number = int(last) if last.isdigit() else None
        key = key[0] if key else (None if number is not None else last)
        if number is not None and numbers[number] != 1:
            find(f"acknowledged job {number} exists {numbers[number]} times")
        if key and len(keys[key]) != 1:
            find(f"acknowledged key {key} exists {len(keys[key])} times")
        elif key and number is not None and keys[key] != [number]:
            find(f"acknowledged key {key} was job {number} and is job {keys[key][0]}")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("state", type=pathlib.Path)
    parser.add_argument("pools", type=pathlib.Path)
    parser.add_argument("--acked", type=pathlib.Path)
    parser.add_argument("--running", action="store_true")
    options = parser.parse_args()
    find = Findings()
    database = open_database(options.state)  # before the folders: a running server makes a folder after its row
    records = read_records(options.state, find)
    bills = check_attempts(database, records, prices_of(options.pools), options.running, find)
    check_overlaps(records, find)
    check_jobs(database, options.running, find)
    total = check_ledger(database, bills, find)
    check_balances(database, options.running, find)
    check_chain(database, find)
    if options.acked:
        check_acked(database, options.acked, find)
    bill = sum(bills.values())
    if bill != total:
        find(f"the bill is {bill} micro-USD, the ledger says {total}")
    attempts = database.execute("SELECT count(*) FROM attempt").fetchone()[0]
    jobs = database.execute("SELECT count(*) FROM job").fetchone()[0]
    print(f"{attempts} attempts, {jobs} jobs, bill ${usd(bill)} {'=' if bill == total else '!='} ledger ${usd(total)}")
    sys.exit(1 if find else 0)


if __name__ == "__main__":
    main()
