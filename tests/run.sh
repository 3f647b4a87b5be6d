#!/usr/bin/env bash
# Installs what is missing, builds, and runs every test (the soak tests apart: ctest --preset dev -L soak).
#
#   tests/run.sh [ctest options, for example -R Ledger]
set -euo pipefail
cd "$(dirname "$0")/.."
jobs=$(nproc)

./deps.sh build test
cmake --preset dev >/dev/null
cmake --build --preset dev -j "$jobs"
exec ctest --preset dev -j "$jobs" --progress "$@"
