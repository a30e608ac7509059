#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# machine-init.sh MACHINE STATE   PID 1 of a machine, started by machine_create in new namespaces.
#
# Turns the namespaces into something that looks like a computer of its own, then starts programs by
# name as they arrive in the pipe "orders".
set -eu
name=$1 state=$2
folder=$state/machines/$name
. "${0%/*}/cgroups.sh"

read -r outer_pid _ </proc/self/stat    # /proc is still the outer one: this is our PID out there
hostname "$name"

mount -t proc proc /proc
mount -t sysfs sysfs /sys
# The cgroup namespace makes the machine's group the root, so the kubelet's figures for "the node" are
# those of this machine alone.
cgroup_mount

# Programs with fixed paths (kubelet, containerd, CNI) write below these three.
mkdir -p "$folder"/{run/lock,run/netns,var-lib,var-log/containers,sysctl}
: >"$folder/resolv.conf"
mount --bind "$state/hosts" /etc/hosts
mount --bind "$folder/resolv.conf" "$(readlink -f /etc/resolv.conf)" || true
mount --bind "$folder/var-lib" /var/lib
mount --bind "$folder/var-log" /var/log
mount --bind "$folder/run" /run

# The kubelet sets these for the whole computer: give it copies to write to.
for setting in vm/overcommit_memory vm/panic_on_oom kernel/panic kernel/panic_on_oops; do
  copy=$folder/sysctl/${setting//\//.}
  cat "/proc/sys/$setting" >"$copy"
  mount --bind "$copy" "/proc/sys/$setting"
done
mount --make-rshared /    # the kubelet asks for mounts that spread into pods

ip link set lo up
echo 1 >/proc/sys/net/ipv4/ip_forward

# launch PROGRAM: becomes it, in the group of this init, which is "system" by then.
launch() {
  echo "$BASHPID" >"$folder/launch/$1.pid.new"
  mv "$folder/launch/$1.pid.new" "$folder/launch/$1.pid"
  exec bash "$folder/launch/$1" 3>&- >>"$state/logs/$1@$name.log" 2>&1 </dev/null
}

exec 3<>"$folder/orders"    # open for writing too: no end of file when a writer leaves
echo "$outer_pid" >"$folder/pid.new"
mv "$folder/pid.new" "$folder/pid"
# Bash also buries the orphans that container shims leave to PID 1.
while read -r program <&3; do launch "$program" & done
