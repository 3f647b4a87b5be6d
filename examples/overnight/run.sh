#!/usr/bin/env bash
# A night of autoresearch in minutes: builds pawl, prepares six novels of Jane Austen, and lets a scripted agent improve the
# shipped trainer in three rounds, under a budget.
#
#   examples/overnight/run.sh [--short] [FOLDER]
#
# FOLDER (default build/overnight) is made anew and keeps everything. --short gives each experiment a fifth of the training.
# PAWL=/path/to/pawl uses that program (and the pawl-train beside it) and builds nothing.
#
# Needs two CPU cores and no GPU; takes about five minutes after the build, one with --short. Nothing outside FOLDER and build/ is
# touched, except that missing Debian packages are installed.
set -euo pipefail
example=$(cd "$(dirname "$0")" && pwd)
top=$(cd "$example/../.." && pwd)
short=
[ "${1:-}" != --short ] || { short=1; shift; }
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

build_pawl
trainer=$(dirname "$pawl")/pawl-train
fresh_folder
mkdir -p "$night/bin" "$night/corpus"
cp "$trainer" "$night/bin/"
prepare_corpus
make_project trainer="$night/bin" corpus="$night/corpus"
if [ -n "$short" ]; then
  sed -i 's/--budget=3.5e12/--budget=0.7e12/' "$night/project/pawl.toml"
  git -C "$night/project" -c user.name=example -c user.email=example@localhost commit -qam "A fifth of the training"
fi
play_night
say_where_all_is austen
