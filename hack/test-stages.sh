# SPDX-License-Identifier: Apache-2.0
# Sourced by hack/test: what each stage does.

export KUBE_BIN
KUBE_BIN=$("$repo/hack/build-tools" --path kubernetes)

# A fault found by a sanitizer is a failed test, with a stack to read. Set before, yours are kept.
export ASAN_OPTIONS=${ASAN_OPTIONS:-detect_stack_use_after_return=1:strict_string_checks=1}
export UBSAN_OPTIONS=${UBSAN_OPTIONS:-print_stacktrace=1:halt_on_error=1}
export TSAN_OPTIONS=${TSAN_OPTIONS:-second_deadlock_stack=1:halt_on_error=1}

# A test that hangs is ended; ctest's own limit of 25 minutes is no help.
ctest_limit=300

# stage_build STAGE...: packages first, then Go and C++ side by side where both are to be built.
stage_build() {
  local groups=(build) tools=()
  case " $* " in *' e2e '* | *' soak '*)
    groups+=(cluster)
    tools+=(kubernetes containerd metrics-server probe helm gitops) ;;
  esac
  case " $* " in *' e2e '*) tools+=(promlint kubectl-1.32 kubectl-1.34 vpa peer-e2e) ;; esac
  case " $* " in *' bench '*) tools+=(metrics-server) ;; esac
  case " $* " in *' integration '*) tools+=(kubernetes helm gitops) ;; esac
  case " $* " in *' asan '* | *' tsan '*) tools+=(kubernetes) ;; esac
  mapfile -t tools < <(printf '%s\n' "${tools[@]}" | awk 'NF && !seen[$0]++')
  "$repo/hack/install-deps" "${groups[@]}"
  # Before the hour that comes first.
  [[ " ${groups[*]} " != *" cluster "* ]] || [ -e .cluster/complete ] || "$repo/test/cluster/preflight"
  [ "$*" != fuzz ] || return 0    # needs nothing of what others need
  on_exit end_go
  go_beside_cpp "${tools[*]}"
}

# run_ctest PRESET LABELS ARGUMENT...: shows what failed and the totals; all of it is in the log.
# setarch: GCC 12's thread sanitizer cannot place its memory when addresses are too random.
run_ctest() {
  local preset=$1 labels=$2
  shift 2
  setarch --addr-no-randomize ctest --preset "$preset" -L "^($labels)\$" --timeout $ctest_limit "$@" \
    --output-log "build/test/ctest-$preset-${labels//|/-}.log" |
    grep --line-buffered -vE '^ +Start +[0-9]+: |^ *[0-9]+/[0-9]+ Test .* Passed '
}

stage_unit() { run_ctest release 'unit|arch|fuzz-smoke' -j "$(nproc)"; }

# The yardsticks' bars, the instruction counts, and a short comparison that shows that the harness works.
stage_bench() {
  "$repo/bench/run" yardsticks
  "$repo/bench/run" instructions
  "$repo/bench/run" smoke
}

# integration PRESET LABEL: three at a time, for they mostly wait.
integration() { run_ctest "$1" "$2" -j 3; }
stage_integration() { integration release "${integration_label:-integration}"; }

# ahead_of STAGE STAGES...: starts the compilation of the next stage that has one of its own, beside a
# stage with integration tests, which mostly wait. It gets what these leave of the processors: its
# session is a scheduling group of the kernel's, and of low weight. Not beside the end-to-end tests:
# these compare values with what a container really got of the processors.
ahead_of() {
  local stage=$1 next='' targets=()
  shift
  [[ " integration asan tsan " == *" $stage "* ]] || return 0
  while [ "$1" != "$stage" ]; do shift; done
  for next in "${@:2}"; do
    case $next in asan | tsan | fuzz) break ;; *) next= ;; esac
  done
  [ -n "$next" ] || return 0
  [ "$next" != fuzz ] || targets=(fuzzers)
  setsid "$repo/hack/build" "$next" ${targets+"${targets[@]}"} >"build/test/ahead-$next.log" 2>&1 </dev/null &
  ahead_pid=$!
  sleep 0.2    # until it is a session of its own
  [ "$(ps -o sid= -p $ahead_pid | tr -d ' ')" != $ahead_pid ] || echo 15 >/proc/$ahead_pid/autogroup || true
  renice -n 15 -g $ahead_pid >/dev/null || true
}

end_ahead() {
  [ -n "${ahead_pid:-}" ] || return 0
  pkill -s "$ahead_pid" || true
  while pgrep -s "$ahead_pid" >/dev/null; do sleep 0.2; done
  ahead_pid=
}

# sanitized PRESET
sanitized() {
  "$repo/hack/build" "$1"
  run_ctest "$1" 'unit|fuzz-smoke' -j "$(nproc)"
  integration "$1" integration
}
stage_asan() { sanitized asan; }
stage_tsan() { sanitized tsan; }

# The same inputs in each clean clone, as far as its time goes: a change is blamed for what it did, and `make fuzz`
# looks for what has been there.
stage_fuzz() { FUZZ_SEED=${FUZZ_SEED:-1} "$repo/hack/fuzz"; }

stage_e2e() { on_cluster test/e2e; }

# The load alone, for as long as it takes to be sure.
stage_soak() { SOAK_MINUTES=${SOAK_MINUTES:-30} on_cluster test/e2e/test_7_soak.py; }

# on_cluster TESTS: on a cluster with our image.
# Debian's python3, which has Debian's pytest; another one may come first in PATH.
on_cluster() {
  [ -e .cluster/complete ] && touch build/test/cluster-was-up || rm -f build/test/cluster-was-up
  "$repo/hack/build-image"
  "$repo/test/cluster/up"
  "$repo/test/cluster/load-image" build/image/metricspipeline.tar
  /usr/bin/python3 -m pytest "$1" || {
    "$repo/test/cluster/diagnose" >build/test/diagnose.log 2>&1
    printf '\n=== the beginning of build/test/diagnose.log\n'
    head -c 6000 build/test/diagnose.log
    echo
    return 1
  }
}

# stage_e2e_failures STAGE: which tests failed and on what, once more; it is lost above in what came after.
stage_e2e_failures() {
  local failures
  failures=$(awk '
    /^=+ (FAILURES|ERRORS) =+$/ {inside = 1; next}
    /^=+ / {inside = 0}
    inside && /^_+ .* _+$/ {lines = 0; print}
    inside && /^E  / && lines++ < 10 {print substr($0, 1, 300)}
    /^(FAILED|ERROR) .*::/' "build/test/$1.log")
  [ -z "$failures" ] || printf '\n=== failed tests\n%s\n' "$failures"
}

# stage_e2e_cleanup STATUS
stage_e2e_cleanup() {
  if [ "${CI:-}" != true ]; then
    [ "$1" = 0 ] || { echo "the cluster stays up for a look, if it came up; test/cluster/down ends it"; return 0; }
    [ ! -e build/test/cluster-was-up ] || return 0
  fi
  "$repo/test/cluster/down" || status=1
}
