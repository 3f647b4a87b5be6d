"""From a bare repository to a first result, as a human walks it: the real program, on a terminal and without one.

  first_steps_test.py BIN_DIR
"""
import json
import os
import pathlib
import pty
import select
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import unittest

PAWL = pathlib.Path(sys.argv.pop(1)).resolve() / "pawl"
LIMIT_S = 60
TRAIN = "import os, random\nrandom.seed(int(os.environ['PAWL_SEED']))\nprint('val_loss:', 1 + random.random())\n"


class FirstSteps(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory(prefix="pawl-first-")
        self.top = pathlib.Path(self.folder.name)
        self.project = self.top / "my project"
        self.project.mkdir()
        (self.top / "home").mkdir()
        self.environment = {"PATH": os.environ["PATH"], "HOME": str(self.top / "home"), "LANG": "C.UTF-8",
                            "PAWL_STATE": str(self.top / "state"), "PAWL_CONFIG": str(self.top / "config"),
                            "GIT_CONFIG_GLOBAL": "/dev/null"}
        for role in ("AUTHOR", "COMMITTER"):
            self.environment |= {f"GIT_{role}_NAME": "t", f"GIT_{role}_EMAIL": "t@localhost"}
        (self.project / "train.py").write_text(TRAIN)
        for words in ("init -q", "add .", "commit -qm start"):
            subprocess.run(["git", *words.split()], cwd=self.project, env=self.environment, check=True)

    def tearDown(self):
        path = self.top / "state" / "pawl.sock"
        if path.exists():
            with socket.socket(socket.AF_UNIX) as link:
                link.connect(str(path))
                pid = struct.unpack("3i", link.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12))[0]
                os.kill(pid, signal.SIGTERM)
                while link.recv(4096):  # it is gone when the connection is
                    pass
        self.folder.cleanup()

    def pawl(self, *arguments, code=0):
        done = subprocess.run([PAWL, *arguments], cwd=self.project, env=self.environment, capture_output=True, text=True,
                              stdin=subprocess.DEVNULL, timeout=LIMIT_S)
        self.assertEqual(done.returncode, code, done.stdout + done.stderr)
        return done.stdout + done.stderr

    def typed(self, answers, *arguments):
        """The program on a terminal: each answer is typed when its question stands there."""
        pid, terminal = pty.fork()
        if pid == 0:
            os.chdir(self.project)
            os.execve(PAWL, [str(PAWL), *arguments], self.environment)
        shown = b""
        try:
            for question, answer in answers:
                while question.encode() not in shown:
                    self.assertTrue(select.select([terminal], [], [], LIMIT_S)[0], f"no {question!r} in {shown!r}")
                    shown += os.read(terminal, 4096)
                shown = b""
                os.write(terminal, answer.encode())
            while True:
                shown += os.read(terminal, 4096)
        except OSError:  # the other side is closed
            pass
        os.close(terminal)
        return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), shown.decode()

    def files(self):
        return sorted(str(path.relative_to(self.top)) for path in self.top.rglob("*") if ".git" not in path.parts)

    def test_from_flags_to_a_result(self):
        said = self.pawl("init", "--metric", "val_loss", "--direction", "min", "--price", "0.60", "--max-minutes", "1", "--commit")
        self.assertIn("my-project is registered: val_loss counts from", said)
        self.assertIn("screen: up to 1 minutes, at most $0.02 an attempt", said)
        self.assertIn("ok: 3 stages", self.pawl("policy", "check"))
        for stage in ("smoke", "screen", "validate"):
            asked = {"title": stage, "from": "base", "stage": stage}
            self.pawl("call", "submit_experiment", json.dumps(asked))
        self.assertIn("3 succeeded", self.pawl("wait", "001", "002", "003", "--timeout", str(LIMIT_S)))

    def test_on_a_terminal(self):
        code, shown = self.typed([("called?", "\n"), ("run?", "\n"), ("how good it was?", "val_loss\n"),
                                  ("(max)?", "sideways\n"), ("(max)?", "min\n"), ("owned", "metered\n"),
                                  ("cost for an hour", "1.25\n"), ("a day, at most?", "9\n"),
                                  ("How many minutes", "2\n")], "init", "--commit")
        self.assertEqual(code, 0, shown)
        self.assertIn("$9.00 a day", shown)
        self.assertIn('billing = "metered"', (self.top / "config/policies/pools.toml").read_text())

    def test_interrupted_between_two_questions(self):
        before = self.files()
        code, _ = self.typed([("called?", "\n"), ("run?", "\n"), ("how good it was?", "\x03")], "init")
        self.assertEqual(code, -signal.SIGINT)
        self.assertEqual(self.files(), before)

    def test_a_client_is_set_up_and_taken_out_again(self):
        self.pawl("init", "--metric", "val_loss", "--direction", "min", "--commit")
        self.assertIn("nothing was written", self.pawl("setup", "claude", code=1))
        before = self.files()
        for client in ("claude", "codex"):
            self.assertIn("tried: briefing says: my-project: val_loss, lower is better",
                          self.pawl("setup", client, "--yes"))
            self.assertNotEqual(self.files(), before)
            self.pawl("setup", client, "--yes", "--remove")
            self.assertEqual([f for f in self.files() if "backups" not in f and ".codex" not in f], before)
        server = json.dumps({"mcpServers": {"other": {"command": "x"}}}, indent=2)
        (self.project / ".mcp.json").write_text(server)
        code, shown = self.typed([("Write this? [y/N]", "n\n")], "setup", "claude")
        self.assertEqual((code, (self.project / ".mcp.json").read_text()), (1, server), shown)

    def test_outside_of_a_registered_project_the_server_answers_all_the_same(self):
        self.assertIn("tried: pawl answers: NOT_FOUND", self.pawl("setup", "codex", "--yes"))


if __name__ == "__main__":
    unittest.main()
