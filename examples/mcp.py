"""MCP as the examples speak it to `pawl mcp`: one JSON-RPC message a line, as Claude Code does."""

import json
import subprocess


class ToolError(Exception):
    pass


class Client:
    """The standard streams of `pawl mcp`, started in the project's folder."""

    def __init__(self, program, project, agent):
        # Its own session: Ctrl-C reaches us, and we still can cancel what runs.
        self.server = subprocess.Popen(
            [program, "mcp", "--agent", agent],
            cwd=project,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        self.last_id = 0
        me = {"name": "pawl-examples", "version": "1"}
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
            raise ToolError(result["content"][0]["text"])
        return result["structuredContent"]

    def close(self):
        self.server.stdin.close()
        self.server.wait(timeout=10)


def rows(reply):
    """{"columns": [...], "rows": [[...]]} as a list of dicts."""
    return [dict(zip(reply["columns"], row)) for row in reply["rows"]]
