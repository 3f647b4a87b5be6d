#!/usr/bin/env python3
"""How fast pawl-train is on this CPU, and what it learns in 10 and 60 seconds, as a Markdown table.

    trainer.py BIN [LLMC]    BIN is the folder of pawl-train; LLMC a checkout of llm.c, whose CPU trainer is then measured on
                             models of the same size in the same minutes

Takes about three minutes. Needs Jane Austen (fetched by trainer/corpora/austen.py) and an otherwise idle machine.
"""

import datetime
import os
import pathlib
import random
import re
import statistics
import struct
import subprocess
import sys
import tempfile
import time

TOP = pathlib.Path(__file__).resolve().parent.parent
SIZES = {"2x128, V 1024": (2, 128, 1024), "2x256, V 4096": (2, 256, 4096)}  # layers, width, vocabulary
ROWS, CONTEXT, HEAD = 8, 256, 64

# llm.c's own training step, timed; TESTING leaves its main() out.
LLMC_DRIVER = """
#define TESTING
#include "train_gpt2.c"
int main(int count, char** values) {
  const int rows = atoi(values[2]), context = atoi(values[3]), steps = 8;
  GPT2 model;
  gpt2_build_from_checkpoint(&model, values[1]);
  int* tokens = malloc(sizeof(int) * rows * context);
  for (int i = 0; i < rows * context; i++) tokens[i] = (i * 7919) % model.config.vocab_size;
  double best = 1e9;
  for (int step = 1; step <= steps; step++) {
    struct timespec a, b;
    clock_gettime(CLOCK_MONOTONIC, &a);
    gpt2_forward(&model, tokens, tokens, rows, context);
    gpt2_zero_grad(&model);
    gpt2_backward(&model);
    gpt2_update(&model, 1e-4f, 0.9f, 0.999f, 1e-8f, 0.0f, step);
    clock_gettime(CLOCK_MONOTONIC, &b);
    const double seconds = (b.tv_sec - a.tv_sec) + (b.tv_nsec - a.tv_nsec) / 1e9;
    if (seconds < best) best = seconds;
  }
  printf("tokens_per_second: %f\\n", rows * context / best);
  return count == 0;
}
"""


def write_llmc_model(path, layers, width, vocabulary):
    """A random model in llm.c's checkpoint format, version 3: 256 numbers of header, then float32 parameters."""
    header = [20240326, 3, CONTEXT, vocabulary, layers, width // HEAD, width, vocabulary] + [0] * 248
    per_layer = 12 * width * width + 13 * width
    count = (vocabulary + CONTEXT) * width + layers * per_layer + 2 * width
    noise = random.Random(1)
    weights = [noise.uniform(-0.05, 0.05) for _ in range(4096)]
    block = struct.pack("<4096f", *weights)
    path.write_bytes(struct.pack("<256i", *header) + block * (count // 4096) + block[: count % 4096 * 4])


def build_llmc(source, folder):
    driver = folder / "driver.c"
    driver.write_text(LLMC_DRIVER)
    flags = ["-Ofast", "-march=native", "-fopenmp", "-DOMP", "-w", "-I", str(source)]
    subprocess.run(["gcc", *flags, str(driver), "-o", str(folder / "llmc"), "-lm", "-lgomp"], check=True)
    return folder / "llmc"


def field(text, name):
    return float(re.search(rf"^{name}:\s+([\d.]+)", text, re.M).group(1))


def run(*command, **options):
    return subprocess.run([str(part) for part in command], check=True, capture_output=True, text=True, **options).stdout


def bench(program, seconds=2):
    """{model: tokens/s} of pawl-train's own step."""
    rows = re.findall(r"^\| (\d+x\d+, V \d+) \| ([\d,]+) \|", run(program, "bench", f"--seconds={seconds}"), re.M)
    return {name: int(speed.replace(",", "")) for name, speed in rows}


def compare(program, llmc, folder):
    """Ours and llm.c's tokens/s in turn, three times; medians and their ratio."""
    lines = []
    for name, (layers, width, vocabulary) in SIZES.items():
        model = folder / f"{width}.bin"
        write_llmc_model(model, layers, width, vocabulary)
        ours, theirs = [], []
        for _ in range(3):
            ours.append(bench(program, 1)[name])
            theirs.append(field(run(llmc, model, ROWS, CONTEXT), "tokens_per_second"))
        a, b = statistics.median(ours), statistics.median(theirs)
        lines.append(f"| llm.c's CPU trainer, {name} | {b:,.0f} tokens/s; pawl-train {a:,.0f}, {a / b:.1f}x |")
    return lines


def share_with_a_neighbour(program):
    """Tokens/s alone, and while another process keeps one CPU busy."""
    alone = bench(program, 2)["2x128, V 1024"]
    with subprocess.Popen([sys.executable, "-c", "while True: pass"]) as neighbour:
        shared = bench(program, 2)["2x128, V 1024"]
        neighbour.kill()
    return f"| 2x128, V 1024 while another process fills one CPU | {shared:,} tokens/s, 1/{alone / shared:.2f} of its own speed |"


def learn(program, data, preset):
    out = run(program, "train", "--data", data, "--preset", preset)
    return (
        f"| preset {preset} | val_bpb {field(out, 'val_bpb'):.4f} in {field(out, 'training_seconds'):.1f} s "
        f"({field(out, 'total_seconds'):.1f} s with evaluation), first step after {field(out, 'start_to_first_step_s'):.2f} s, "
        f"{field(out, 'peak_memory_mb'):.0f} MB |"
    )


def main(folder, program, llmc):
    austen = pathlib.Path(os.environ.get("PAWL_AUSTEN", folder / "austen"))
    run(sys.executable, TOP / "trainer/corpora/austen.py", austen)
    began = time.monotonic()
    prepared = run(program, "prepare", "--train", austen / "train.txt", "--val", austen / "val.txt", "--out", folder / "data")
    seconds = time.monotonic() - began
    tokenizer = re.search(r", ([\d.]+) s$", prepared.splitlines()[0]).group(1)

    commit = run("git", "describe", "--always", "--dirty", cwd=TOP).strip()
    machine = run(program, "bench", "--seconds=0.01").splitlines()[0].split(";")[0]
    print(f"{datetime.date.today()}, commit {commit}, {machine}\n\n| what | figure |\n|---|---|")
    print(f"| BPE of 4,096 tokens on 3.56 MB | {tokenizer} s; all of prepare {seconds:.2f} s |")
    for name, speed in bench(program).items():
        print(f"| training, {name} | {speed:,} tokens/s |")
    print(share_with_a_neighbour(program), flush=True)
    if llmc:
        print("\n".join(compare(program, build_llmc(llmc, folder), folder)), flush=True)
    for preset in ("10s", "60s"):
        print(learn(program, folder / "data", preset), flush=True)


if __name__ == "__main__":
    if len(sys.argv) not in (2, 3) or sys.argv[1].startswith("-"):
        sys.exit(__doc__)
    with tempfile.TemporaryDirectory() as scratch:
        main(
            pathlib.Path(scratch),
            pathlib.Path(sys.argv[1]) / "pawl-train",
            pathlib.Path(sys.argv[2]).resolve() if len(sys.argv) == 3 else None,
        )
