# SPDX-License-Identifier: Apache-2.0
# Version 2 of cgroups: one hierarchy for everything, in which each group says what its children get.
# A group that gives them controllers holds no processes itself, which is what "system" is for. Only the
# computer's root group may do both.

cgroup_controllers='cpu cpuset memory pids'    # those that the kubelet works with

cgroup_groups() { echo "$cgroup_root/$prefix-$1"; }

cgroup_create() { mkdir -p "$(cgroup_groups "$1")/system"; }

# From the root to the machine in one go: what no group uses, a systemd may take away again. Nobody is
# hurt by controllers that stay enabled at the root afterwards, and others may have come to rely on them.
cgroup_delegate() {
  local enable="+${cgroup_controllers// / +}"
  echo "$enable" >"$cgroup_root/cgroup.subtree_control" &&
    echo "$enable" >"$(cgroup_groups "$1")/cgroup.subtree_control"
}

cgroup_mount() { mount -t cgroup2 cgroup "$cgroup_root"; }

cgroup_freeze() { echo 1 >"$(cgroup_groups "$1")/cgroup.freeze"; }
cgroup_thaw() { echo 0 >"$(cgroup_groups "$1")/cgroup.freeze"; }
cgroup_frozen() { grep -qx 'frozen 1' "$(cgroup_groups "$1")/cgroup.events"; }

cgroup_kill() {
  local group
  for group in $(cgroup_groups '*'); do
    [ ! -d "$group" ] || echo 1 >"$group/cgroup.kill"
  done
}

cgroup_faults() {
  local controller probe=$cgroup_root/$prefix-preflight
  for controller in $cgroup_controllers; do
    grep -qw "$controller" "$cgroup_root/cgroup.controllers" ||
      echo "the cgroup controller '$controller' is not available in $cgroup_root. The kernel's command line may" \
        "disable it (cgroup_disable=$controller); in a container it is the host's to give."
  done
  if ! mkdir "$probe" 2>/dev/null; then
    echo "cgroups cannot be made in $cgroup_root. It is mounted read-only, or not ours." \
      "A container needs to be privileged for this."
    return
  fi
  [ -e "$probe/cgroup.kill" ] || echo "the kernel is too old: version 2 of cgroups is used from Linux 5.14 on."
  rmdir "$probe"
  # Only the computer's root group has no type.
  if [ -e "$cgroup_root/cgroup.type" ] && [ -n "$(cat "$cgroup_root/cgroup.procs")" ]; then
    echo "processes in $cgroup_root itself keep it from giving controllers to groups below it. Start the" \
      "container with --cgroupns=host, or move them: mkdir $cgroup_root/init;" \
      "for p in \$(cat $cgroup_root/cgroup.procs); do echo \$p >$cgroup_root/init/cgroup.procs; done"
  fi
}
