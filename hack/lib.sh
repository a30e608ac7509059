# SPDX-License-Identifier: Apache-2.0
# Sourced by the scripts of hack/ and test/cluster/: where things are, and how they report.

repo=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cache=${HOME:-/root}/.cache/metricspipeline    # builds that outlive a checkout

# Clocks are kept in microseconds: bash has no fractions, and a fork per stamp would be slow.
now() { echo "${EPOCHREALTIME/[.,]/}"; }
started=$(now)

# seconds_since STAMP: "12.3"
seconds_since() {
  local tenths=$((($(now) - $1) / 100000))
  echo "$((tenths / 10)).$((tenths % 10))"
}

# step TEXT: one progress line with the time since the script began.
step() { printf '%7ss  %s\n' "$(seconds_since "$started")" "$*"; }

die() { printf '%s: %s\n' "${0##*/}" "$*" >&2; exit 1; }

# usage: prints the comment at the top of the running script, without the licence and the shebang.
usage() { sed -n '3,/^[^#]/{/^#/s/^# \{0,1\}//p}' "$0"; }

# on_exit COMMAND: runs it when the script ends, also when it is ended from outside. Further signals are
# ignored meanwhile: timeout(1) sends its signal twice.
on_exit() {
  # shellcheck disable=SC2064  # expanded now, on purpose
  trap "status=\$?; trap '' TERM INT; $1" EXIT
  trap 'exit 143' TERM
  trap 'exit 130' INT
}

# watched WHAT EXPECTED LOG COMMAND...: runs a long command with its output in LOG. Every 20 s it says
# how long that has taken, of about EXPECTED seconds, and the last line of the log; if the command
# fails it shows the log's end. It runs in a process group of its own, which "on_exit end_watched"
# ends together with the script.
watched() {
  local what=$1 expected=$2 log=$3 begun ticks=0 status=0
  shift 3
  begun=$(now)
  set -m
  "$@" >"$log" 2>&1 </dev/null &
  watched_pid=$!
  set +m
  while kill -0 $watched_pid 2>/dev/null; do
    sleep 0.25
    ticks=$((ticks + 1))
    [ $((ticks % 80)) -ne 0 ] ||
      step "$what: $(seconds_since "$begun") s of about $expected s  $(tail -n 1 "$log" | cut -c1-60)"
  done
  wait $watched_pid || status=$?
  watched_pid=
  if [ "$status" -ne 0 ]; then
    tail -n "${WATCHED_TAIL:-100}" "$log" >&2
    step "$what: failed after $(seconds_since "$begun") s" >&2
    return "$status"
  fi
  step "$what: done in $(seconds_since "$begun") s"
}

end_watched() {
  [ -n "${watched_pid:-}" ] || return 0
  kill -- "-$watched_pid" 2>/dev/null || true
  wait "$watched_pid" 2>/dev/null || true
}

# go_beside_cpp TOOLS [TARGET...]: the Go programs TOOLS ("a b"; may be none) and the release build of TARGETs (none: of
# everything) side by side: one mostly waits for the network while the other compiles. "on_exit end_go" in the
# shell that calls it, so that neither outlives the other's failure nor a Ctrl-C, which children in the
# background do not hear.
go_beside_cpp() {
  local tools
  read -ra tools <<<"$1"
  shift
  [ ${#tools[@]} = 0 ] || { "$repo/hack/build-tools" "${tools[@]}" & go_build=$!; }
  "$repo/hack/build" release "$@"
  [ -z "${go_build:-}" ] || wait "$go_build"
  go_build=
}

end_go() {
  [ -z "${go_build:-}" ] || kill "$go_build" 2>/dev/null || true
}

# For cmake/Toolchain.cmake, which uses ccache when it is there.
export CCACHE_DIR=${CCACHE_DIR:-$cache/ccache}
