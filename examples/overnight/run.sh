#!/usr/bin/env bash
# Builds pawl and plays one short night with it: a scripted agent, a small language model, Jane Austen.
#
#   examples/overnight/run.sh [FOLDER]    FOLDER (default build/overnight) is made anew and keeps everything
#
# PAWL=/path/to/pawl uses that program and builds nothing.
#
# Takes about two minutes after the build, two CPU cores and no GPU. Nothing outside FOLDER and build/ is touched, except
# that missing Debian packages are installed.
set -euo pipefail
example=$(cd "$(dirname "$0")" && pwd)
top=$(cd "$example/../.." && pwd)
night=$(realpath -m "${1:-$top/build/overnight}")
data=$top/build/austen
daemon=
agent=

stop() {
  status=$?
  trap - EXIT
  trap '' INT TERM
  if [ -n "$agent" ] && kill -TERM "$agent" 2>/dev/null; then  # it cancels what runs
    wait "$agent" 2>/dev/null || true
  fi
  if [ -n "$daemon" ] && kill -TERM "$daemon" 2>/dev/null; then
    wait "$daemon" 2>/dev/null || true
    echo "the server is stopped"
  fi
  exit "$status"
}
trap stop EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

fresh_folder() {
  if [ -e "$night" ] && [ ! -e "$night/.overnight" ]; then
    echo "run.sh: $night exists and is not a night of this script; name another folder" >&2
    exit 2
  fi
  rm -rf "$night"
  mkdir -p "$night/config/policies"
  touch "$night/.overnight"
}

# The project is a git repository of its own; its volume lies where this machine has the data.
make_project() {
  cp -r "$example/project" "$night/project"
  sed -i "s|\"/data/austen\"|\"$data\"|" "$night/project/pawl.toml"
  git -C "$night/project" init -q -b main
  git -C "$night/project" add .
  git -C "$night/project" -c user.name=example -c user.email=example@localhost commit -q -m "The baseline"
}

start_daemon() {
  setsid "$pawl" serve >"$night/server.log" 2>&1 </dev/null &
  daemon=$!
  for _ in $(seq 100); do
    "$pawl" status >/dev/null 2>&1 && return
    kill -0 "$daemon" 2>/dev/null || break
    sleep 0.1
  done
  echo "run.sh: the server did not start:" >&2
  tail -5 "$night/server.log" >&2
  exit 1
}

if [ -n "${PAWL:-}" ]; then
  pawl=$(realpath "$PAWL")
else
  "$top/deps.sh" build test
  build=$(mktemp)
  (cd "$top" && cmake --workflow --preset release) >"$build" 2>&1 || { tail -30 "$build"; exit 1; }
  rm -f "$build"
  pawl=$top/build/release/bin/pawl
fi

fresh_folder
python3 "$top/trainer/corpora/austen.py" "$data"
cp "$example"/policies/*.toml "$night/config/policies/"
make_project
export PAWL_STATE=$night/state PAWL_CONFIG=$night/config
start_daemon
(cd "$night/project" && "$pawl" init)
echo
python3 "$example/night.py" "$pawl" "$night/project" "$night" &
agent=$!
wait "$agent" || exit $?
agent=

cat <<END

Everything lies in $night:
  night.json        the result
  state/attempts/   a folder for each attempt: source, logs, metrics, cost, and how to run it again (record/REPRODUCE.md)
  state/repos/      what was tried, as commits. From the first to the best:
                    git -C $night/state/repos/austen.git diff refs/pawl/base refs/pawl/best
END
