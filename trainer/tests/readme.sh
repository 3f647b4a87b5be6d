#!/usr/bin/env bash
# Runs the lines of trainer/README.md's quickstart in a copy of the tree, and looks at what they print.
set -euo pipefail
top=$(cd "$(dirname "$0")/../.." && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cp -r "$top/trainer" "$work/"
cd "$work"
sed -n '/<!-- quickstart -->/,/<!-- \/quickstart -->/p' trainer/README.md | sed '/^<!--/d; /^```/d' >quickstart.sh
# Kernels take minutes to compile, and check_gpu.sh is their test.
sed -i 's/^cmake -S trainer/& -DPAWL_CUDA=OFF/' quickstart.sh
began=$SECONDS
bash -euo pipefail quickstart.sh >output 2>errors || { tail -20 output errors >&2; exit 1; }
mapfile -t bpb < <(sed -n 's/^val_bpb: *//p' output)
[ "${#bpb[@]}" -eq 2 ] && [ "${bpb[0]}" = "${bpb[1]}" ] || { echo "train and eval disagree: ${bpb[*]}" >&2; exit 1; }
awk -v bpb="${bpb[0]}" 'BEGIN { exit !(bpb > 1 && bpb < 2.47) }' || { echo "val_bpb ${bpb[0]} is no better than xz" >&2; exit 1; }
echo "quickstart: val_bpb ${bpb[0]}, $((SECONDS - began)) s with the build"
