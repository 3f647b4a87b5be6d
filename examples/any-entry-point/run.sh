#!/usr/bin/env bash
# Any program that prints a number can be researched: here a language model in 300 lines of C++, compiled by every experiment
# from its own change. A scripted agent plays two rounds.
#
#   examples/any-entry-point/run.sh [FOLDER]    FOLDER (default build/any-entry-point) is made anew and keeps everything
#
# PAWL=/path/to/pawl uses that program and builds nothing.
#
# Takes about two minutes after the build, two CPU cores and no GPU. Nothing outside FOLDER and build/ is touched, except
# that missing Debian packages are installed.
set -euo pipefail
example=$(cd "$(dirname "$0")" && pwd)
top=$(cd "$example/../.." && pwd)
night=$(realpath -m "${1:-$top/build/any-entry-point}")
# shellcheck source=../play.sh
. "$top/examples/play.sh"

build_pawl
fresh_folder
python3 "$top/trainer/corpora/austen.py" "$top/build/austen"
make_project austen="$top/build/austen"
play_night
say_where_all_is austen
