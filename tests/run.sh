#!/usr/bin/env bash
# Installs what is missing, builds, and runs every test (the soak tests apart: ctest --test-dir build/check -L soak).
#
#   tests/run.sh [ctest options, for example -R Ledger]
set -euo pipefail
cd "$(dirname "$0")/.."
jobs=$(nproc)

./deps.sh build test
cmake --preset check >/dev/null
cmake --build --preset check -j "$jobs"
exec ctest --preset check -j "$jobs" --progress "$@"
