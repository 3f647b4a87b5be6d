#!/usr/bin/env bash
# No kernel may spill registers, on Hopper or on Ampere. Prints what each file costs to compile.
#
#   spills.sh NVCC FOLDER_OF_KERNELS
set -uo pipefail
nvcc=$1
folder=$2
top=$(cd "$folder/../../.." && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
failed=0
for file in "$folder"/*.cu; do
  for arch in sm_90a sm_80; do
    TIMEFORMAT=%U
    seconds=$({ time "$nvcc" -std=c++20 -O3 -Xptxas -v -arch=$arch -I"$top" -c "$file" -o "$work/kernel.o" \
      >"$work/log" 2>&1 || echo "does not compile" >>"$work/log"; } 2>&1)
    bad=$(grep -c -e "does not compile" -e "[1-9][0-9]* bytes spill" "$work/log")
    printf '%-24s %-7s %5s s of CPU  %s\n' "$(basename "$file")" $arch "$seconds" "$([ "$bad" -eq 0 ] && echo ok || echo SPILLS)"
    if [ "$bad" -ne 0 ]; then
      failed=1
      grep -B3 -e "bytes spill" -e error "$work/log"
    fi
  done
done
exit $failed
