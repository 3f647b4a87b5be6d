#!/usr/bin/env bash
# One round of golf: train, pack, check the cap, score the artifact. The score is printed last, so it is the one that counts.
#
#   golf.sh TOKENS [KNOB...]        TRAINER names pawl-train where it is not on PATH; CAP the bytes
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
tokens=$1
shift
trainer=${TRAINER:-pawl-train}
if [ -x bin/pawl-train ]; then trainer=bin/pawl-train; fi  # the volume
out=${PAWL_ARTIFACTS:-$(mktemp -d)}
"$trainer" train --data "$tokens" --preset 10s --config "$here/recipe.conf" --save "$out/model.ckpt" "$@"
"$trainer" golf pack --checkpoint "$out/model.ckpt" --data "$tokens" --artifact "$out/model.golf"
"$trainer" golf check --artifact "$out/model.golf" --code "$here" --bytes_max "${CAP:-400000}"
"$trainer" golf eval --artifact "$out/model.golf" --data "$tokens"
