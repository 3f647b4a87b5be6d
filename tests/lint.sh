#!/usr/bin/env bash
# Formatting (clang-format 19) and clang-tidy 19 over the sources.
#
#   tests/lint.sh              everything
#   tests/lint.sh --changed    only what differs from the last commit
#   tests/lint.sh --fix        formats in place, then checks everything
#
# A source that passed is not checked again until it, a header of the project or .clang-tidy changes.
set -euo pipefail
cd "$(dirname "$0")/.."
build=build/lint

all_sources() { git ls-files --cached --others --exclude-standard -- '*.cpp' '*.h' | sort -u; }
changed_sources() { { git diff --name-only HEAD -- '*.cpp' '*.h'; git ls-files --others --exclude-standard -- '*.cpp' '*.h'; } | sort -u; }

sources=all_sources
case "${1:-}" in
  "") ;;
  --changed) sources=changed_sources ;;
  --fix) all_sources | xargs -r -d '\n' clang-format-19 -i ;;
  *) sed -n '2,8s/^# \{0,1\}//p' "$0" && exit 2 ;;
esac

mapfile -t files < <("$sources" | while read -r file; do [ ! -e "$file" ] || echo "$file"; done)
[ ${#files[@]} -gt 0 ] || { echo "lint: nothing to check"; exit 0; }
status=0
if printf '%s\n' "${files[@]}" | xargs -d '\n' -n 50 -P "$(nproc)" clang-format-19 --dry-run -Werror; then
  echo "lint: ${#files[@]} files are formatted"
else
  echo "lint: run tests/lint.sh --fix"
  status=1
fi

# clang cannot read g++'s precompiled headers.
cmake --preset dev -B "$build" -DPAWL_TESTS=OFF -DCMAKE_DISABLE_PRECOMPILE_HEADERS=ON >/dev/null
mkdir -p "$build/passed"
headers=$(git ls-files --cached --others --exclude-standard -- '*.h' .clang-tidy | sort -u | xargs -d '\n' cat | sha256sum)

check() {
  stamp="$build/passed/$( (echo "$headers" && cat "$1") | sha256sum | cut -c1-40)"
  [ -e "$stamp" ] && return
  if output=$(clang-tidy-19 --quiet -p "$build" "$1" 2>/dev/null); then
    touch "$stamp"
  else
    printf '%s\n' "$output"
    return 1
  fi
}
export -f check
export build headers

# What this machine does not build, such as the host side of CUDA without its toolkit, it cannot check either.
built() { while read -r file; do ! grep -qF "\"$PWD/$file\"" "$build/compile_commands.json" || echo "$file"; done; }

mapfile -t units < <(printf '%s\n' "${files[@]}" | grep -E '^(server|tools|keeper|trainer)/.*\.cpp$' | grep -v '^trainer/tests/' | built || true)
[ ${#units[@]} -gt 0 ] || exit $status
# shellcheck disable=SC2016  # the inner shell expands it
if printf '%s\n' "${units[@]}" | xargs -r -d '\n' -n 1 -P "$(nproc)" bash -c 'check "$0"'; then
  echo "lint: clang-tidy has nothing to say about ${#units[@]} sources"
else
  status=1
fi
exit $status
