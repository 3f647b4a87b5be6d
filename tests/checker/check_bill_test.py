#!/usr/bin/env python3
"""The checker is clean on a right state directory, and each kind of damage is one finding."""
import hashlib
import json
import pathlib
import re
import sqlite3
import subprocess
import sys
import tempfile
import unittest

HERE = pathlib.Path(__file__).parent
SCHEMA = HERE.parents[1] / "server" / "store" / "tables.cpp"
POOLS = '[pool.cpu]\nkind = "cpu"\nprice = 1.80\n[pool.gpu]\ngpu = "H100"\nprice = 2.39\n'


def record(token, started, billed, **changes):
    return {"version": 1, "token": token, "written_by": "keeper", "outcome": "exited", "phase": "command",
            "exit_code": 0, "signal": None, "error": "", "started_at_ms": started, "ended_at_ms": started + billed,
            "billed_ms": billed, "build_ms": 0, "command_ms": billed, "first_instruction_ms": 1, "cpu_ms": 1,
            "rss_max_kb": 1, "stdout_bytes": 0, "stderr_bytes": 0, "log_truncated": False, "pid_namespace": True,
            "boot_id": "b", **changes}


class CheckBill(unittest.TestCase):
    """Two jobs: 1 ran twice on a CPU slot (1,000 ms and 2,001 ms at 1.80 an hour: 500 + 1,001 micro-USD), 2 ran
    once on two GPUs for 3,600 ms at 2.39: 4,780 micro-USD."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.state = pathlib.Path(folder.name)
        (self.state / "pools.toml").write_text(POOLS)
        self.database = sqlite3.connect(self.state / "pawl.db")
        self.database.execute("PRAGMA synchronous = OFF")
        for script in re.findall(r'R"sql\((.*?)\)sql"', SCHEMA.read_text(), re.S):
            self.database.executescript(script)
        self.previous, self.row = "", 0
        self.sql("INSERT INTO project VALUES (1, 'tiny', '/r', 'c', 'm', 'min', 'c', NULL, NULL, 0)")
        for node, kind, parent in (1, "global", None), (2, "experiment", 1), (3, "experiment", 1):
            self.sql("INSERT INTO budget_node VALUES (?, ?, ?, ?)", node, kind, parent, str(node))
            self.sql("INSERT INTO budget_window(id, node, kind, starts, ends, cap_source) VALUES (?, ?, ?, 0, 9, '')",
                     node, node, "total" if node == 1 else "experiment")
        self.job(1, 2)
        self.job(2, 1)
        self.attempt(1, 1, "cpu", 1_800_000, 0, record("t1", 1000, 1000), 500)
        self.attempt(1, 2, "cpu", 1_800_000, 0, record("t2", 2000, 2001), 1001)
        self.attempt(2, 1, "gpu", 2_390_000, 2, record("t3", 1000, 3600), 4780)
        self.sql("INSERT INTO idempotency VALUES ('me', 1, 'key-1', 'h', 1, NULL)")

    def sql(self, text, *values):
        self.database.execute(text, values)

    def job(self, number, attempts):
        self.sql("INSERT INTO job(id, project, number, title, agent, principal, stage, commit_id, base_commit, params,"
                 " content_hash, seed, repeat, gpus, limit_ms, tags, state, reason, detail, attempts, created_at,"
                 " finished_at) VALUES (?, 1, ?, '', '', '', '', '', '', '', '', 0, 0, 0, 0, '', 'succeeded', '', '',"
                 " ?, 0, 1)", number, number, attempts)

    def attempt(self, job, number, pool, price, gpus, status, paid):
        units = max(1, gpus)
        self.sql("INSERT INTO attempt VALUES (?, ?, ?, 1, 'ended', ?, 'A', ?, ?, ?, 1, 1, 0, 0, 'b', 1, 1, 'exited', 0,"
                 " NULL, 1, ?, ?)", job, number, status["token"], pool, price, units, gpus, status["billed_ms"], paid)
        self.sql("INSERT INTO reservation(job, attempt, state, price, units, worst_case_ms, created_at, closed_at)"
                 " VALUES (?, ?, 'settled', ?, ?, 1, 0, 1)", job, number, price, units)
        reservation = self.database.execute("SELECT max(id) FROM reservation").fetchone()[0]
        for window in 1, 1 + job:
            self.ledger("reserve", reservation, window, 9000, 0)
            self.ledger("settle", reservation, window, -9000, paid)
        folder = self.state / "attempts" / "tiny" / f"{job:03}-{number}" / "record"
        folder.mkdir(parents=True)
        (folder / "status.json").write_text(json.dumps(status))

    def ledger(self, kind, reservation, window, reserved, spent):
        self.row += 1
        text = (f"{self.previous}|{self.row}|0|1|{kind}|{reservation}|{window}|{reserved},0|{spent},0|0,0|-|-"
                "|0:|0:")
        self.previous = hashlib.sha256(text.encode()).hexdigest()
        self.sql("INSERT INTO ledger VALUES (?, 0, 1, ?, ?, ?, ?, 0, ?, 0, 0, 0, NULL, NULL, '', '', ?)", self.row,
                 kind, reservation, window, reserved, spent, self.previous)
        self.sql("UPDATE budget_window SET spent_money = spent_money + ?, reserved_money = reserved_money + ?"
                 " WHERE id = ?", spent, reserved, window)

    def status(self, folder, **changes):
        path = self.state / "attempts/tiny" / folder / "record/status.json"
        path.write_text(json.dumps({**json.loads(path.read_text()), **changes}))

    def check(self, *options):
        self.database.commit()
        return subprocess.run([sys.executable, HERE / "check_bill.py", self.state, self.state / "pools.toml", *options],
                              capture_output=True, text=True)

    def expect_finding(self, part, *options):
        result = self.check(*options)
        self.assertEqual(result.returncode, 1, result.stdout + result.stderr)
        self.assertIn(part, result.stdout)

    def test_a_right_state_has_no_finding(self):
        result = self.check()
        self.assertEqual(result.stdout, "3 attempts, 2 jobs, bill $0.006281 = ledger $0.006281\n", result.stderr)
        self.assertEqual(result.returncode, 0)

    def test_one_millisecond_more_than_billed_is_found(self):
        self.status("002-1", billed_ms=3601)
        self.expect_finding("costs 4782 micro-USD for 3601 ms, its row says 4780 for 3600 ms")

    def test_a_ledger_that_charged_too_little_is_found(self):
        self.sql("DROP TRIGGER ledger_keeps_values")
        self.sql("UPDATE ledger SET spent_money = 4779 WHERE kind = 'settle' AND spent_money = 4780")
        self.expect_finding("the bill is 6281 micro-USD, the ledger says 6280")
        self.expect_finding("the hash chain is broken")

    def test_a_price_that_is_not_the_pools_is_found(self):
        (self.state / "pools.toml").write_text(POOLS.replace("1.80", "1.81"))
        self.expect_finding("was priced 1800000, the pool costs 1810000")

    def test_overlapping_attempts_are_found(self):
        self.status("001-2", started_at_ms=1999)
        self.expect_finding("job tiny/001: attempts 1 and 2 overlap")

    def test_a_missing_record_is_found(self):
        (self.state / "attempts/tiny/001-1/record/status.json").unlink()
        self.expect_finding("attempt tiny/001-1 was launched and has no record")

    def test_a_record_of_another_attempt_is_found(self):
        self.status("001-1", token="t3")
        self.expect_finding("attempt tiny/001-1 holds the record of another attempt")

    def test_a_folder_without_a_row_is_found(self):
        (self.state / "attempts/tiny/003-1").mkdir()
        self.expect_finding("folder tiny/003-1 has no attempt in the database")

    def test_a_job_that_has_not_ended_is_found_unless_the_server_runs(self):
        self.sql("DROP TRIGGER job_final_absorbs")
        self.sql("UPDATE job SET state = 'running', finished_at = NULL WHERE id = 2")
        self.expect_finding("job tiny/002 is still running")
        self.assertEqual(self.check("--running").returncode, 0)

    def test_money_that_stays_reserved_is_found(self):
        self.sql("INSERT INTO reservation(job, attempt, state, price, units, worst_case_ms, created_at)"
                 " VALUES (2, 2, 'open', 1, 1, 1, 0)")
        self.ledger("reserve", 4, 1, 10, 0)
        self.expect_finding("budget window 1: 10 micro-USD are still reserved")
        self.expect_finding("1 reservations are still open")

    def test_acknowledged_submits_must_exist_once(self):
        acked = self.state / "acked"
        acked.write_text("key-1 1\n2\nkey-1\n")
        self.assertEqual(self.check("--acked", acked).returncode, 0)
        for line, finding in (("3", "acknowledged job 3 exists 0 times"), ("key-2", "key key-2 exists 0 times"),
                              ("key-1 2", "acknowledged key key-1 was job 2 and is job 1")):
            acked.write_text(line + "\n")
            self.expect_finding(finding, "--acked", acked)


if __name__ == "__main__":
    unittest.main()
