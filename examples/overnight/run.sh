#!/usr/bin/env bash
# A night of autoresearch in minutes: builds pawl, prepares six novels of Jane Austen, and lets a scripted agent improve the
# shipped trainer in three rounds, under a budget.
#
#   examples/overnight/run.sh [--short] [--device cuda] [FOLDER]
#
# FOLDER (default build/overnight) is made anew and keeps everything. --short gives each experiment a fifth of the training.
# --device cuda runs each of them on a GPU of this machine; one step of training comes first, so a machine that cannot do it says
# so before a server runs.
# PAWL=/path/to/pawl uses that program (and the pawl-train beside it) and builds nothing.
#
# Needs two CPU cores and, without --device cuda, no GPU; takes about five minutes after the build, one with --short. Nothing
# outside FOLDER and build/ is touched, except that missing Debian packages are installed.
set -euo pipefail
example=$(cd "$(dirname "$0")" && pwd)
top=$(cd "$example/../.." && pwd)
short=
device=cpu
while :; do
  case ${1:-} in
    --short) short=1; shift ;;
    --device) device=${2:-}; shift 2 || shift ;;
    *) break ;;
  esac
done
case $device in cpu | cuda) ;; *) echo "run.sh: --device takes cpu or cuda, not \"$device\"" >&2; exit 2 ;; esac
night=$(realpath -m "${1:-$top/build/overnight}")
# shellcheck source=../play.sh
. "$top/examples/play.sh"

prepare_corpus() {
  python3 "$top/trainer/corpora/austen.py" "$night/text"
  local vocabulary
  for vocabulary in 1024 2048 4096; do
    "$trainer" prepare --train "$night/text/train.txt" --val "$night/text/val.txt" --out "$night/corpus/$vocabulary" \
      --vocabulary "$vocabulary" >>"$night/prepare.log"
  done
  echo "the corpus is tokenized with 1024, 2048 and 4096 tokens"
}

# The same project and rules, with a GPU of this machine where a slot of CPUs was.
move_to_gpu() {
  "$trainer" train --data "$night/corpus/1024" --preset 10s --device cuda --budget_kind tokens --budget 2048 --eval_tokens 2048 \
    >"$night/first_step.log" 2>&1 || { tail -3 "$night/first_step.log" >&2; exit 1; }
  local gpu
  gpu=$(nvidia-smi --query-gpu=name --format=csv,noheader | head -1)
  sed -i "s/^kind = \"cpu\"/gpu = \"$gpu\"/; s/\[\"cpu\"\]/[\"gpu\"]/; s/pool\.cpu/pool.gpu/" "$night/config/policies/night.toml"
  sed -i 's/"--threads=1"/"--device=cuda"/' "$night/project/pawl.toml"
  plan=$example/plan-cuda.toml
}

build_pawl
trainer=$(dirname "$pawl")/pawl-train
fresh_folder
mkdir -p "$night/bin" "$night/corpus"
cp "$trainer" "$night/bin/"
prepare_corpus
make_project trainer="$night/bin" corpus="$night/corpus"
if [ -n "$short" ]; then
  sed -i 's/--budget=3.5e12/--budget=0.7e12/' "$night/project/pawl.toml"
fi
[ "$device" = cpu ] || move_to_gpu
git -C "$night/project" diff --quiet ||
  git -C "$night/project" -c user.name=example -c user.email=example@localhost commit -qam "As this night runs it"
play_night
say_where_all_is austen
