#!/usr/bin/env python3
"""MCP over HTTP on this machine: requests a second, p50 and p99 of one tool call, loaded by wrk (Debian: wrk).

    cmake --preset bench && cmake --build --preset bench && bench/http.py build/bench/bin [--peer] [--seconds 5]

--peer measures the official TypeScript SDK beside it: node and npm are needed, and the packages come from npm.
"""
import argparse
import json
import os
import pathlib
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).parent
sys.path.insert(0, str(HERE.parent / "tests" / "crash"))
from busy_client import Connection  # noqa: E402
from kill_nine import Daemon, make_world  # noqa: E402
from speed import machine  # noqa: E402

UNITS = {"us": 1e-3, "ms": 1.0, "s": 1e3}


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_for(port):
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise SystemExit(f"nobody listens on port {port}")


def message(method, **params):
    meta = {"io.modelcontextprotocol/protocolVersion": "2026-07-28", "io.modelcontextprotocol/clientCapabilities": {}}
    return json.dumps({"jsonrpc": "2.0", "id": 7, "method": method, "params": dict(params, _meta=meta)})


class Load:
    def __init__(self, port, token, method, name=None, arguments=None):
        self.url = f"http://127.0.0.1:{port}/mcp"
        params = {"name": name, "arguments": arguments or {}} if name else {}
        self.environment = dict(os.environ, MCP_METHOD=method, MCP_BODY=message(method, **params))
        if name:
            self.environment["MCP_NAME"] = name
        if token:
            self.environment["MCP_AUTHORIZATION"] = f"Bearer {token}"

    def run(self, connections, seconds):
        """Requests a second, p50 and p99 in milliseconds."""
        done = subprocess.run(["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--latency", "-s", HERE / "call.lua",
                               self.url], env=self.environment, capture_output=True, text=True, check=True)
        if done.stderr:
            raise SystemExit(f"refused: {done.stderr}")
        rate = float(re.search(r"Requests/sec:\s+([\d.]+)", done.stdout)[1])
        share = {name: float(value) * UNITS[unit]
                 for name, value, unit in re.findall(r"(50|99)%\s+([\d.]+)(us|ms|s)\b", done.stdout)}
        return rate, share["50"], share["99"]


def start_pawl(programs, root):
    project = make_world(root)
    port = free_port()
    os.environ["PAWL_HTTP"] = str(port)
    daemon = Daemon(programs / "pawl", root)
    daemon.start()
    Connection(root, project, "setup").initialise()
    made = subprocess.run([programs / "pawl", "--json", "token", "create", "bench"], cwd=project, check=True,
                          env=daemon.environment, capture_output=True, text=True)
    return daemon, port, json.loads(made.stdout)["token"]


def start_peer(root):
    folder = root / "peer"
    shutil.copytree(HERE / "peers", folder)
    subprocess.run(["npm", "install", "--silent", "--no-audit", "--no-fund"], cwd=folder, check=True)
    port = free_port()
    process = subprocess.Popen(["node", "peer.mjs", str(port)], cwd=folder)
    wait_for(port)
    return process, port


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("programs", type=pathlib.Path)
    parser.add_argument("--peer", action="store_true")
    parser.add_argument("--seconds", type=int, default=5)
    parser.add_argument("--tool", default="leaderboard")
    asked = parser.parse_args()
    root = pathlib.Path(tempfile.mkdtemp(prefix="pawl-http-"))
    daemon, port, token = start_pawl(asked.programs.resolve(), root)
    loads = {"pawl, server/discover": Load(port, token, "server/discover"),
             f"pawl, {asked.tool}": Load(port, token, "tools/call", asked.tool)}
    peer = None
    if asked.peer:
        peer, peer_port = start_peer(root)
        loads["TypeScript SDK, echo of 100 bytes"] = Load(peer_port, None, "tools/call", "echo", {"text": "x" * 100})
    print(f"{machine()}\n\n| what | connections | requests/s | p50 ms | p99 ms |\n|---|---|---|---|---|")
    rates = {}
    try:
        for name, load in loads.items():
            load.run(4, 1)  # warm
            for connections in (1, 16, 64):
                rates[name, connections], p50, p99 = load.run(connections, asked.seconds)
                print(f"| {name} | {connections} | {rates[name, connections]:.0f} | {p50:.2f} | {p99:.2f} |", flush=True)
        if peer:
            names = list(loads)
            for connections in (1, 16, 64):
                ratio = rates[names[1], connections] / rates[names[2], connections]
                print(f"| {asked.tool} against the SDK's echo | {connections} | {ratio:.1f}x | | |")
    finally:
        daemon.kill()
        if peer:
            peer.kill()
        shutil.rmtree(root, ignore_errors=True)


if __name__ == "__main__":
    main()
