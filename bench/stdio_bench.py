#!/usr/bin/env python3
"""Round trips through `pawl mcp`: client pipe -> shim -> Unix socket -> daemon and back.

  stdio_bench.py PAWL [CALLS]      (PAWL_STATE and the working directory as for any client)

Prints p50 and p99 in microseconds and requests a second, one request at a time, for a message that
needs no tool (ping) and for a tool that reads (briefing). The target is a p50 under 150 us.
"""
import os
import subprocess
import sys
import time


def percentile(sorted_times, share):
    return sorted_times[min(len(sorted_times) - 1, int(len(sorted_times) * share))]


class Shim:
    def __init__(self, pawl):
        self.child = subprocess.Popen([pawl, "mcp"], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.to, self.back = self.child.stdin.fileno(), self.child.stdout.fileno()

    def ask(self, line):
        os.write(self.to, line)
        answer = os.read(self.back, 1 << 16)
        while not answer.endswith(b"\n"):
            answer += os.read(self.back, 1 << 16)
        return answer

    def close(self):
        self.child.stdin.close()
        return self.child.wait()


def measure(shim, name, line, calls):
    for _ in range(calls // 10 + 1):
        answer = shim.ask(line)
    if b'"result"' not in answer:
        sys.exit(f"{name}: {answer.decode()}")
    times = []
    for _ in range(calls):
        began = time.perf_counter()
        shim.ask(line)
        times.append((time.perf_counter() - began) * 1e6)
    times.sort()
    rate = 1e6 * calls / sum(times)
    print(f"{name:10} p50 {percentile(times, 0.5):7.1f} us   p99 {percentile(times, 0.99):7.1f} us"
          f"   {rate:7.0f}/s   {len(answer)} bytes")


def main():
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    calls = int(sys.argv[2]) if len(sys.argv) > 2 else 5000
    shim = Shim(sys.argv[1])
    measure(shim, "ping", b'{"jsonrpc":"2.0","id":1,"method":"ping"}\n', calls)
    measure(shim, "briefing",
            b'{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"briefing"}}\n', calls)
    sys.exit(shim.close())


if __name__ == "__main__":
    main()
