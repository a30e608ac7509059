# SPDX-License-Identifier: Apache-2.0
# The cgroups of the machines: a group for each, and in it the child "system" for everything but the
# pods, beside which the kubelet makes "kubepods".
#
# They lie at the top, not below the caller's own group: a caller (a CI job, a login session) may end,
# and take its groups along, while the cluster stays. A systemd leaves alone what it has not made.
#
# Both versions of cgroups serve. Here is what they have in common; cgroups-v1.sh and cgroups-v2.sh say
# the rest under the same names:
#
#   cgroup_groups MACHINE    its group, one a line for each hierarchy; all machines' if it is '*'
#   cgroup_create MACHINE    makes its groups
#   cgroup_delegate MACHINE  lets the children of its group have the controllers
#   cgroup_mount             shows a machine its cgroups; called by its init
#   cgroup_freeze, cgroup_thaw, cgroup_frozen MACHINE
#   cgroup_kill              every process of all machines, frozen ones too
#   cgroup_faults            what this computer lacks and what to do about it, one a line

cgroup_root=/sys/fs/cgroup

case $(stat --file-system --format %T "$cgroup_root") in
  cgroup2fs) . "${BASH_SOURCE[0]%/*}/cgroups-v2.sh" ;;
  *) . "${BASH_SOURCE[0]%/*}/cgroups-v1.sh" ;;
esac

# cgroup_join GROUP: moves the calling (sub)shell, and all that it starts, to $prefix-GROUP.
cgroup_join() {
  local group
  for group in $(cgroup_groups "$1"); do echo "$BASHPID" >"$group/cgroup.procs"; done
}

# cgroup_settle MACHINE: moves what it was started with to "system", where the rest will follow. Fails
# if it has to be tried again.
cgroup_settle() {
  local group pid
  for group in $(cgroup_groups "$1"); do
    for pid in $(cat "$group/cgroup.procs"); do
      echo "$pid" >"$group/system/cgroup.procs" || return 1
    done
  done
  cgroup_delegate "$1"
}

# cgroup_folders: every group of this checkout's machines, children first.
cgroup_folders() {
  local groups
  # shellcheck disable=SC2207  # split, and the pattern expanded; there is always at least one word
  groups=($(cgroup_groups '*'))
  find "${groups[@]}" -depth -type d 2>/dev/null || true
}

# cgroup_pids: every process in them.
cgroup_pids() {
  cgroup_folders | sed 's|$|/cgroup.procs|' | xargs -r cat 2>/dev/null | sort -nu
}

cgroup_remove() { cgroup_folders | xargs -r rmdir 2>/dev/null || true; }
