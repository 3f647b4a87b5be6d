#!/usr/bin/env bash
# Everything that only a GPU can tell, in one go and within eight minutes: builds pawl-train from this tree alone, runs each op
# against the CPU in double, the curve, determinism and resuming, then measures, beside PyTorch where that can be imported.
#
#   trainer/check_gpu.sh [FOLDER]      FOLDER (default build/gpu) keeps everything; FOLDER/results.md is for trainer/RESULTS.md
#
# Needs nvcc, cmake, ninja and a compiler. No network. Exit 1: something is wrong; 3: there is no CUDA device, so nothing was shown.
set -uo pipefail
top=$(cd "$(dirname "$0")/.." && pwd)
work=$(realpath -m "${1:-$top/build/gpu}")
results=$work/results.md
failed=0
SECONDS=0
mkdir -p "$work"

say() { printf '=== %s (%d s)\n' "$*" "$SECONDS"; }
must() {
  "$@" >>"$work/log" 2>&1 && return
  echo "FAILED: $*; the end of $work/log:" >&2
  tail -20 "$work/log" >&2
  exit 1
}
note() {
  if "${@:2}" >>"$work/log" 2>&1; then echo "| $1 | ok |" >>"$results"; else
    echo "| $1 | **FAILED** |" >>"$results"
    failed=1
  fi
  tail -1 "$results"
}

: >"$work/log"
for tool in cmake ninja "${CUDACXX:-nvcc}"; do
  command -v "$tool" >/dev/null || { echo "check_gpu.sh needs $tool on PATH" >&2; exit 1; }
done
arch=90a-real
if command -v nvidia-smi >/dev/null; then
  arch=$(nvidia-smi --query-gpu=compute_cap --format=csv,noheader 2>/dev/null | head -1 | tr -d .)
  case $arch in 90) arch=90a-real ;; [0-9]*) arch=$arch-real ;; *) arch=90a-real ;; esac
fi

say "building for $arch"
must cmake -S "$top/trainer" -B "$work/build" -G Ninja -DPAWL_CUDA=ON -DPAWL_CUDA_ARCHS="$arch"
must cmake --build "$work/build" --target pawl-train
gpu_tests=$work/build/bin/test_trainer_gpu
if grep -q test_trainer_gpu "$work/build/build.ninja"; then
  must cmake --build "$work/build" --target test_trainer_gpu
fi
build_seconds=$SECONDS
trainer=$work/build/bin/pawl-train

if ! "$trainer" bench --device cuda --seconds 0.01 >"$work/first" 2>&1; then
  cat "$work/first" >&2
  if grep -q "no CUDA device\|the driver knows" "$work/first"; then
    echo "check_gpu.sh: no CUDA device: it was built, nothing else was shown" >&2
    exit 3
  fi
  exit 1
fi

{
  echo "$(date -u +%F), commit $(git -C "$top" rev-parse --short HEAD 2>/dev/null || echo unknown)," \
    "$(nvidia-smi --query-gpu=name,driver_version --format=csv,noheader 2>/dev/null | head -1), $(nvcc --version | tail -1)"
  echo
  echo "| what | result |"
  echo "|---|---|"
  echo "| build with tests, $arch | $build_seconds s |"
} >"$results"

say "tests"
if [ -x "$gpu_tests" ]; then
  note "every op against the CPU in double, a curve of 200 steps, the same bits twice" "$gpu_tests"
else
  echo "| ops against the CPU | not run: GoogleTest is not installed |" >>"$results"
fi

# Words of a small language, so that no download is needed.
python3 - "$work/train.txt" "$work/val.txt" <<'PY'
import random, sys
for path, seed, words in ((sys.argv[1], 1, 400_000), (sys.argv[2], 2, 40_000)):
    random.seed(7)
    vocabulary = ["".join(random.choices("abcdefghijklmnopqrst", k=random.randint(2, 8))) for _ in range(3000)]
    random.seed(seed)
    picks = (vocabulary[min(int(random.paretovariate(0.6)), 2999)] for _ in range(words))
    with open(path, "w") as out:
        for i, word in enumerate(picks):
            out.write(word + ("\n\n" if i % 200 == 199 else " "))
PY
must "$trainer" prepare --train "$work/train.txt" --val "$work/val.txt" --out "$work/data" --vocabulary 2048
run=(--data "$work/data" --preset 60s --head_dim 64 --budget_kind tokens --device cuda)
say "the same bits twice, and resumed"
train() {
  rm -rf "${work:?}/$1" &&
    "$trainer" train "${run[@]}" --budget 4000000 --run_dir "$work/$1" --save "$work/$1/model.ckpt" "${@:2}"
}
# Whether two checkpoints hold the same parameters; the header before them holds what a clock measured.
same() {
  python3 - "$work/$1/model.ckpt" "$work/$2/model.ckpt" <<'PY'
import pathlib, struct, sys
def parameters(path):
    data = pathlib.Path(path).read_bytes()
    header, = struct.unpack_from("<Q", data, 16)
    return data[(32 + header + 63) // 64 * 64 :]
first, second = map(parameters, sys.argv[1:])
sys.exit(not first or first != second)
PY
}
stopped() {
  rm -rf "${work:?}/c"
  local all=("${run[@]}" --budget 4000000 --checkpoint_dir "$work/c" --run_dir "$work/c" --save "$work/c/model.ckpt")
  "$trainer" train "${all[@]}" &
  local pid=$!
  until [ -s "$work/c/metrics.jsonl" ] || ! kill -0 $pid 2>/dev/null; do sleep 0.02; done
  kill -TERM $pid
  wait $pid
  [ $? -eq 143 ] && [ -s "$work/c/latest.ckpt" ] && "$trainer" train "${all[@]}"
}
note "training" train a
note "training again" train b
note "the same parameters to the bit" same a b
note "stopped by SIGTERM and resumed" stopped
note "resumed is uninterrupted, to the bit" same a c
note "training with --graphs" train g --graphs
note "recorded is launched, to the bit" same a g
note "the CPU judges the model" "$trainer" eval --data "$work/data" --checkpoint "$work/a/model.ckpt"
note "the GPU judges the model" "$trainer" eval --data "$work/data" --checkpoint "$work/a/model.ckpt" --device cuda

say "speed"
ours=$("$trainer" bench --device cuda --seconds 15 2>>"$work/log")
recorded=$("$trainer" bench --device cuda --seconds 15 --graphs 2>>"$work/log")
printf '%s\n' "$ours" "$recorded" | tee -a "$work/log"
# of a small model's run, whose launches take as long as its kernels
speed() {
  python3 -c 'import json, sys; print(f"{json.load(open(sys.argv[1]))[sys.argv[2]]:,.0f}")' "$work/$1/summary.json" tokens_per_second
}
{
  echo "| preset 60s: kernel by kernel, with --graphs | $(speed a), $(speed g) tokens/s |"
  echo
  echo "\`pawl-train bench --device cuda\`:"
  echo
  echo "$ours"
  echo "$recorded" | tail -1 | sed 's/|/| with --graphs:/'
  echo
  echo "\`pawl-train bench --device cuda --profile\`:"
  echo
  "$trainer" bench --device cuda --profile --seconds 5 2>>"$work/log"
} >>"$results"
if python3 -c "import torch" 2>/dev/null; then
  say "PyTorch"
  rate=$(echo "$ours" | tail -1 | cut -d'|' -f3 | tr -d ' ,')
  {
    echo
    timeout 150 python3 "$top/trainer/bench/torch_reference.py" --ours "$rate" 2>>"$work/log" ||
      echo "PyTorch's reference did not run; $work/log says why."
  } | tee -a "$results"
else
  printf '\nPyTorch cannot be imported here: no ratio.\n' | tee -a "$results"
fi
say "done; $results"
cat "$results"
exit $failed
