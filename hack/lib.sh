# SPDX-License-Identifier: Apache-2.0
# Sourced by the scripts of hack/ and test/cluster/: where things are, and how they report.

repo=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cache=${HOME:-/root}/.cache/metricspipeline    # builds that outlive a checkout

# Clocks are kept in microseconds: bash has no fractions, and a fork per stamp would be slow.
now() { local stamp=${EPOCHREALTIME/[.,]/}; echo "$stamp"; }
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

# Compilations are kept between runs and checkouts when ccache is there; CMake finds it by itself.
if command -v ccache >/dev/null; then
  export CCACHE_DIR=${CCACHE_DIR:-$cache/ccache}
fi
