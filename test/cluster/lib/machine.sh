# SPDX-License-Identifier: Apache-2.0
# Machines and the programs on them. PID 1 of a machine is machine-init.sh, which starts programs when
# told through a pipe, so that each is its child, lives in the machine's cgroups and dies with it.

# machine_create MACHINE: makes it and waits until it takes orders.
machine_create() {
  local folder=$machines/$1
  mkdir -p "$folder/launch" "$logs"
  mkfifo "$folder/orders"
  cgroup_create "$1"
  (
    cgroup_join "$1"
    close_inherited
    exec env -i PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
      setsid unshare --cgroup --net --mount --pid --uts --ipc --fork --kill-child --propagation private \
      bash "$cluster/lib/machine-init.sh" "$1" "$state"
  ) >"$logs/$1-init.log" 2>&1 </dev/null &
  wait_until 10 "machine $1" test -e "$folder/pid"
  wait_until 5 "the cgroups of machine $1" cgroup_settle "$1"
}

# close_inherited: lets go of the caller's open files; a lock or a pipe must not outlive the caller.
close_inherited() {
  local fd
  for fd in /proc/"$BASHPID"/fd/*; do
    fd=${fd##*/}
    [ "$fd" -le 2 ] || eval "exec $fd>&-"
  done
}

# machine_pid MACHINE: PID of its init, as seen from here; fails if it does not run. The cgroup shows
# that it is still the same process: numbers are used again.
machine_pid() {
  local pid
  pid=$(cat "$machines/$1/pid" 2>/dev/null) && grep -qs "/$prefix-$1/system\$" "/proc/$pid/cgroup" && echo "$pid"
}

# in_machine MACHINE COMMAND...: runs it there, in all the machine's namespaces.
in_machine() {
  local pid machine=$1
  shift
  pid=$(machine_pid "$machine") || die "machine $machine does not run (test/cluster/up starts the cluster)"
  nsenter --target "$pid" --all -- "$@"
}

# program_write MACHINE PROGRAM COMMAND...: how the machine will start it.
program_write() {
  local file=$machines/$1/launch/$2
  shift 2
  printf 'exec' >"$file"
  printf ' %q' "$@" >>"$file"
}

program_start() {
  machine_pid "$1" >/dev/null || die "machine $1 does not run"
  rm -f "$machines/$1/launch/$2.pid"
  timeout 5 bash -c 'echo "$1" >"$0"' "$machines/$1/orders" "$2"
  wait_until 5 "start of $2 on $1" test -s "$machines/$1/launch/$2.pid"
}

# program_runs MACHINE PROGRAM
program_runs() {
  local pid
  pid=$(cat "$machines/$1/launch/$2.pid" 2>/dev/null) && in_machine "$1" kill -0 "$pid" 2>/dev/null
}

# program_stop MACHINE PROGRAM: asks it to end; after ten seconds it is made to.
program_stop() {
  local pid tries
  pid=$(cat "$machines/$1/launch/$2.pid" 2>/dev/null) || return 0
  for ((tries = 0; tries < 100; tries++)); do
    in_machine "$1" kill -TERM "$pid" 2>/dev/null || return 0
    sleep 0.1
  done
  in_machine "$1" kill -KILL "$pid" 2>/dev/null || true
}
