#!/usr/bin/env bash
# Installs the Debian packages that pawl needs: only those that are missing, each named once, here.
#
#   ./deps.sh               what building and testing needs (build test)
#   ./deps.sh GROUP...      run: running a built pawl; build: run and the compiler and libraries; test; lint; bench: the load of bench/http.py; all
#   ./deps.sh --list GROUP  prints the names and installs nothing
#
# Asks for the network and for sudo only when something is missing.
set -euo pipefail

run=(bubblewrap ca-certificates git tzdata)
build=(
  ccache cmake g++ ninja-build pkg-config
  libcli11-dev libcurl4-openssl-dev libfmt-dev libgit2-dev libhowardhinnant-date-dev libspdlog-dev libsqlite3-dev libssl-dev
  libtomlplusplus-dev libzstd-dev nlohmann-json3-dev
)
test=(libbenchmark-dev libgtest-dev libpcre2-dev librapidcheck-dev python3)
lint=(clang-format-19 clang-tidy-19)
bench=(wrk)

die() {
  echo "deps.sh: $*" >&2
  exit 1
}

list=false
if [ "${1:-}" = --list ]; then
  list=true
  shift
fi
[ $# -gt 0 ] || set -- build test

wanted=()
for group in "$@"; do
  case $group in
    run) wanted+=("${run[@]}") ;;
    build) wanted+=("${run[@]}" "${build[@]}") ;;
    test) wanted+=("${test[@]}") ;;
    lint) wanted+=("${lint[@]}") ;;
    bench) wanted+=("${bench[@]}") ;;
    all) wanted+=("${run[@]}" "${build[@]}" "${test[@]}" "${lint[@]}") ;;
    *) die "no group \"$group\"; there are run, build, test, lint, bench and all" ;;
  esac
done

if $list; then
  printf '%s\n' "${wanted[@]}" | sort -u
  exit 0
fi

command -v dpkg-query >/dev/null || die "this is not Debian or Ubuntu; install the like of: ${wanted[*]}"

missing=()
for package in "${wanted[@]}"; do
  status=$(dpkg-query -W -f='${db:Status-Status}' "$package" 2>/dev/null || true)
  [ "$status" = installed ] || missing+=("$package")
done
if [ ${#missing[@]} -eq 0 ]; then
  echo "deps.sh: all ${#wanted[@]} packages for \"$*\" are here"
  exit 0
fi

as_root=()
if [ "$(id -u)" -ne 0 ]; then
  command -v sudo >/dev/null || die "run this as root, there is no sudo: apt-get install ${missing[*]}"
  as_root=(sudo)
fi
echo "deps.sh: installing ${#missing[@]} of ${#wanted[@]} packages for \"$*\": ${missing[*]}"
apt=("${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -q -o Dpkg::Use-Pty=0)
log=$(mktemp)
trap 'rm -f "$log"' EXIT
for attempt in 1 2 3; do  # a mirror that hiccups must not end a fresh machine's first try
  if "${apt[@]}" update >"$log" 2>&1 &&
    "${apt[@]}" install -y --no-install-recommends "${missing[@]}" </dev/null >>"$log" 2>&1; then
    echo "deps.sh: installed"
    exit 0
  fi
  [ "$attempt" -eq 3 ] || sleep $((attempt * 2))
done
tail -15 "$log" >&2
die "could not install ${missing[*]}; see apt's words above"
