#!/usr/bin/env bash
# Formatting (clang-format 19) and clang-tidy 19 over the sources.
#
#   tests/lint.sh              everything
#   tests/lint.sh --changed    only what differs from the last commit
#   tests/lint.sh --fix        formats in place, then checks everything
#
# What passed is not checked again until it, a header of the project or .clang-tidy changes.
set -euo pipefail
cd "$(dirname "$0")/.."
build=build/lint
joined=build/lint-joined  # the same sources in groups

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
configure() { cmake --preset dev -B "$1" -DPAWL_TESTS=OFF -DCMAKE_DISABLE_PRECOMPILE_HEADERS=ON "-DPAWL_JOIN=$2" >/dev/null; }
configure "$build" OFF
mkdir -p "$build/passed"
headers=$(git ls-files --cached --others --exclude-standard -- '*.h' .clang-tidy | sort -u | xargs -d '\n' cat | sha256sum)

# What this machine does not build, such as the host side of CUDA without its toolkit, it cannot check either.
sources_of() { sed -n 's/^ *"file": "\(.*\)",\{0,1\}$/\1/p' "$1/compile_commands.json" | sort -u; }

stamp_of() { echo "$build/passed/$( (echo "$headers" && cat "$@") | sha256sum | cut -c1-40)"; }
members_of() { sed -n 's/^#include "\(.*\.cpp\)"$/\1/p' "$1"; }

check() {
  local stamp output
  stamp=$(stamp_of "$1")
  [ -e "$stamp" ] && return
  if output=$(clang-tidy-19 --quiet -p "$build" "$1" 2>/dev/null); then
    touch "$stamp"
  else
    printf '%s\n' "$output"
    return 1
  fi
}

# Most of a check is what a source includes, so a group's is one; a group that does not pass is checked source by source.
check_group() {
  local stamp bad=0
  mapfile -t members < <(members_of "$1")
  if [ ${#members[@]} -eq 0 ]; then check "$1"; return; fi
  stamp=$(stamp_of "${members[@]}")
  [ -e "$stamp" ] && return
  if ! clang-tidy-19 --quiet -p "$joined" "$1" >/dev/null 2>&1; then
    for member in "${members[@]}"; do check "$member" || bad=1; done
    [ "$bad" -eq 0 ] || return 1
  fi
  touch "$stamp"
}
export -f check check_group stamp_of members_of
export build joined headers

if [ "$sources" = all_sources ]; then
  configure "$joined" ON
  mapfile -t units < <(sources_of "$joined" | grep -e /Unity/ -e "^$PWD/"'\(server\|tools\|keeper\|trainer\)/')
else
  mapfile -t units < <(printf '%s\n' "${files[@]/#/$PWD/}" | sort -u | comm -12 - <(sources_of "$build"))
fi
[ ${#units[@]} -gt 0 ] || exit $status
# shellcheck disable=SC2016  # the inner shell expands it
if printf '%s\n' "${units[@]}" | xargs -r -d '\n' -n 1 -P "$(nproc)" bash -c 'check_group "$0"'; then
  echo "lint: clang-tidy has nothing to say about ${#units[@]} sources or groups of sources"
else
  status=1
fi
exit $status
