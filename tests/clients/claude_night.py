#!/usr/bin/env python3
"""The night of an example played through the real Claude Code, offline, with the server killed once on the way.

    PAWL_PLAYER="tests/clients/claude_night.py stdio" examples/overnight/run.sh
    PAWL_HTTP=7723 PAWL_PLAYER="tests/clients/claude_night.py http" examples/overnight/run.sh

A model's place is taken by a small server on 127.0.0.1: what examples/night.py would send to pawl, it gives to Claude Code as
the model's tool calls, and what Claude Code then shows the model goes back to night.py. Needs Node 18; @anthropic-ai/claude-code
is installed from npm into $CLAUDE_DIR (default ~/.cache/pawl-claude) the first time.
"""

import http.server
import json
import os
import pathlib
import queue
import re
import signal
import subprocess
import sys
import threading
import time

TOP = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(TOP / "examples"))
import night  # noqa: E402
from mcp import ToolError  # noqa: E402

KILL_AFTER = 12  # tool calls
TRIES = 6  # of one call while the server is away
REFUSAL = re.compile(r"(INVALID|NOT_FOUND|DENIED|CONFLICT|INCOMPARABLE|EXPIRED|ENGINE|INTERNAL) ")


class Model(http.server.ThreadingHTTPServer):
    """The Messages API as far as Claude Code needs it. Turn n answers the request that holds n assistant messages."""

    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), ModelRequest)
        self.changed = threading.Condition()
        self.turns = []  # content blocks of each answer
        self.results = queue.Queue()  # of the tool calls: (text, is_error)
        self.seen = set()  # ids of tool calls whose result came

    def handle_error(self, request, client_address):
        pass  # a connection that the client dropped

    def turn(self, index):
        with self.changed:
            self.changed.wait_for(lambda: len(self.turns) > index)
            return self.turns[index]

    def add(self, block):
        with self.changed:
            self.turns.append([block])
            self.changed.notify_all()

    def take_results(self, messages):
        for message in messages:
            if message["role"] != "user" or isinstance(message["content"], str):
                continue
            for block in message["content"]:
                if block["type"] != "tool_result" or block["tool_use_id"] in self.seen:
                    continue
                self.seen.add(block["tool_use_id"])
                content = block.get("content", "")
                parts = [content] if isinstance(content, str) else [part.get("text", "") for part in content]
                self.results.put(("".join(parts), block.get("is_error", False)))


class ModelRequest(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def reply(self, kind, data):
        self.send_response(200)
        self.send_header("content-type", kind)
        self.send_header("content-length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def do_HEAD(self):
        self.reply("text/plain", b"")

    do_GET = do_HEAD

    def do_POST(self):
        body = self.rfile.read(int(self.headers["content-length"]))
        if "count_tokens" in self.path:
            return self.reply("application/json", json.dumps({"input_tokens": len(body) // 4}).encode())
        asked = json.loads(body)
        blocks = [{"type": "text", "text": "ok"}]
        if asked.get("tools"):  # else a title or a summary is wanted
            self.server.take_results(asked["messages"])
            blocks = self.server.turn(sum(message["role"] == "assistant" for message in asked["messages"]))
        uses_tool = blocks[0]["type"] == "tool_use"
        message = {
            "id": f"msg_{time.monotonic_ns()}", "type": "message", "role": "assistant", "model": asked["model"], "content": blocks,
            "stop_reason": "tool_use" if uses_tool else "end_turn", "stop_sequence": None,
            "usage": {"input_tokens": len(body) // 4, "output_tokens": 20},
        }  # fmt: skip
        if not asked.get("stream"):
            return self.reply("application/json", json.dumps(message).encode())
        self.reply("text/event-stream", "".join(events_of(message)).encode())


def events_of(message):
    def event(name, **data):
        return f"event: {name}\ndata: {json.dumps({'type': name, **data})}\n\n"

    yield event("message_start", message={**message, "content": [], "stop_reason": None})
    for index, block in enumerate(message["content"]):
        is_text = block["type"] == "text"
        opened = {"type": "text", "text": ""} if is_text else {**block, "input": {}}
        delta = {"type": "text_delta", "text": block["text"]} if is_text else {"type": "input_json_delta", "partial_json": json.dumps(block["input"])}
        yield event("content_block_start", index=index, content_block=opened)
        yield event("content_block_delta", index=index, delta=delta)
        yield event("content_block_stop", index=index)
    yield event("message_delta", delta={"stop_reason": message["stop_reason"], "stop_sequence": None}, usage={"output_tokens": 20})
    yield event("message_stop")


def find_claude():
    folder = pathlib.Path(os.environ.get("CLAUDE_DIR", pathlib.Path.home() / ".cache/pawl-claude"))
    program = folder / "node_modules/.bin/claude"
    if not program.exists():
        subprocess.run(["npm", "install", "--silent", "--prefix", folder, "@anthropic-ai/claude-code"], check=True)
    return program


class ClaudeCode:
    """Looks to night.py like its own MCP client."""

    def __init__(self, server, project, out):
        self.model = Model()
        threading.Thread(target=self.model.serve_forever, daemon=True).start()
        self.calls = 0
        self.on_call = lambda calls: None
        config = out / "mcp.json"
        config.write_text(json.dumps({"mcpServers": {"pawl": server}}))
        home = out / "claude-home"
        home.mkdir(exist_ok=True)
        environment = {
            "PATH": os.environ["PATH"], "HOME": str(home), "TERM": "dumb", "LANG": "C.UTF-8",
            "ANTHROPIC_BASE_URL": f"http://127.0.0.1:{self.model.server_port}", "ANTHROPIC_API_KEY": "dummy",
            "CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC": "1", "DISABLE_AUTOUPDATER": "1", "DISABLE_TELEMETRY": "1",
            "PAWL_STATE": os.environ["PAWL_STATE"], "PAWL_CONFIG": os.environ["PAWL_CONFIG"],
        }  # fmt: skip
        self.log = (out / "claude.log").open("w")
        self.program = subprocess.Popen(
            [find_claude(), "-p", "go", "--mcp-config", config, "--strict-mcp-config", "--allowedTools", "mcp__pawl",
             "--output-format", "stream-json", "--verbose"],
            cwd=project, env=environment, stdin=subprocess.DEVNULL, stdout=self.log, stderr=self.log, start_new_session=True,
        )  # fmt: skip

    def call(self, tool, **arguments):
        for left in reversed(range(TRIES)):
            self.calls += 1
            self.on_call(self.calls)
            name = "mcp__pawl__" + tool
            self.model.add({"type": "tool_use", "id": f"toolu_{self.calls:020d}", "name": name, "input": arguments})
            text, is_error = self.model.results.get(timeout=300)
            if not is_error:
                return json.loads(text)
            if REFUSAL.match(text) or left == 0:
                raise ToolError(text)
            print(f"  (Claude Code says: {text.strip()[:90]}; once more)", flush=True)
            time.sleep(1)

    def close(self):
        self.model.add({"type": "text", "text": "done"})
        self.program.wait(timeout=60)


def daemons():
    """Process ids of the servers of this state folder."""
    wanted = f"PAWL_STATE={os.environ['PAWL_STATE']}".encode()
    for folder in pathlib.Path("/proc").glob("[0-9]*"):
        try:
            arguments = (folder / "cmdline").read_bytes().split(b"\0")
            if arguments[1:2] == [b"serve"] and wanted in (folder / "environ").read_bytes().split(b"\0"):
                yield int(folder.name)
        except OSError:
            continue  # ended meanwhile


class Sabotage:
    """Kills the server once. Over stdio the next call starts another; over HTTP we do, as a supervisor would."""

    def __init__(self, restart):
        self.restart = restart
        self.killed = 0

    def __call__(self, calls):
        if calls != KILL_AFTER:
            return
        for pid in daemons():
            os.kill(pid, signal.SIGKILL)
            self.killed += 1
            print(f"  (the server {pid} is killed)", flush=True)
        if self.restart is not None:
            with open(pathlib.Path(os.environ["PAWL_STATE"]) / "restart.log", "w") as log:
                subprocess.Popen(self.restart, start_new_session=True, stdin=subprocess.DEVNULL, stdout=log, stderr=log)


def http_server(pawl, project):
    made = subprocess.run([pawl, "--json", "token", "create", "night"], cwd=project, capture_output=True, text=True, check=True)
    url = f"http://127.0.0.1:{os.environ['PAWL_HTTP']}/mcp"
    return {"type": "http", "url": url, "headers": {"Authorization": f"Bearer {json.loads(made.stdout)['token']}"}}


def main(transport, pawl, project, plan, out):
    out = pathlib.Path(out)
    over_http = transport == "http"
    server = http_server(pawl, project) if over_http else {"command": pawl, "args": ["mcp", "--agent", "night"]}
    client = ClaudeCode(server, project, out)
    client.on_call = Sabotage([pawl, "serve"] if over_http else None)
    try:
        night.play(client, pawl, project, plan, out)
    finally:
        client.close()
        for pid in daemons():
            os.kill(pid, signal.SIGTERM)
    if client.on_call.killed != 1:
        raise ToolError(f"{client.on_call.killed} servers were killed, not one")
    print(f"{client.calls} tool calls went through Claude Code over {transport}; the server was killed once")


if __name__ == "__main__":
    if len(sys.argv) != 6 or sys.argv[1] not in ("stdio", "http"):
        sys.exit(__doc__)
    try:
        main(*sys.argv[1:])
    except ToolError as error:
        sys.exit(f"claude_night.py: {error}")
