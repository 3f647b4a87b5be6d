# What every example's run.sh does: build, a folder for the night, a server, a script in the agent's place. To be sourced.
#
#   top, example, night    set by who sources it: the repository, the example's folder, the folder of this run
#   plan                   what to try: $example/plan.toml, unless it is set again before play_night

plan=$example/plan.toml
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

# Sets pawl to the program: $PAWL, or what is built here.
build_pawl() {
  if [ -n "${PAWL:-}" ]; then
    pawl=$(realpath "$PAWL")
    return
  fi
  "$top/deps.sh" build test
  local log
  log=$(mktemp)
  (cd "$top" && cmake --workflow --preset release) >"$log" 2>&1 || { tail -30 "$log"; exit 1; }
  rm -f "$log"
  pawl=$top/build/release/bin/pawl
}

fresh_folder() {
  if [ -e "$night" ] && [ ! -e "$night/.night" ]; then
    echo "run.sh: $night exists and is not a night of this script; name another folder" >&2
    exit 2
  fi
  rm -rf "$night"
  mkdir -p "$night/config/policies"
  touch "$night/.night"
  cp "$example"/policies/*.toml "$night/config/policies/"
  export PAWL_STATE=$night/state PAWL_CONFIG=$night/config
}

# The project is a git repository of its own; the volumes lie where this machine has them.
#   make_project NAME=FOLDER...
make_project() {
  cp -r "$example/project" "$night/project"
  local volume
  for volume in "$@"; do
    sed -i "s|\"/volumes/${volume%%=*}\"|\"${volume#*=}\"|" "$night/project/pawl.toml"
  done
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

play_night() {
  start_daemon
  (cd "$night/project" && "$pawl" init)
  echo
  # PAWL_PLAYER is a command that takes night.py's place.
  ${PAWL_PLAYER:-$top/examples/night.py} "$pawl" "$night/project" "$plan" "$night" &
  agent=$!
  wait "$agent" || exit $?
  agent=
  kill -0 "$daemon" 2>/dev/null || start_daemon  # a player may have killed it
  echo
  (cd "$night/project" && "$pawl" report --morning && "$pawl" report --svg "$night/staircase.svg")
  echo
  # Shares no code with the server: what the watchdogs recorded, against the ledger.
  python3 "$top/tests/checker/check_bill.py" "$night/state" "$night/config/policies/night.toml"
}

say_where_all_is() {
  cat <<END

Everything lies in $night:
  night.json        the result
  staircase.svg     the picture
  state/attempts/   a folder for each attempt: source, logs, metrics, cost, and how to run it again (record/REPRODUCE.md)
  state/repos/      what was tried, as commits. From the first to the best:
                    git -C $night/state/repos/$1.git diff refs/pawl/base refs/pawl/best
END
}
