# SPDX-License-Identifier: Apache-2.0
# The cgroups of the machines. Version 1: a group of the same name in each mounted hierarchy.
#
# They lie at the top of each hierarchy, not below the caller's own group: a caller (a CI job, a login
# session) may end, and take its groups along, while the cluster stays.

cgroup_root=/sys/fs/cgroup

# cgroup_hierarchies: "FOLDER OPTIONS" for each version 1 hierarchy, OPTIONS as mount wants them.
# Controllers may be mounted alone (cpu) or together (cpu,cpuacct); both are taken as they are.
cgroup_hierarchies() {
  awk -v root="$cgroup_root/" '
    FILENAME == "/proc/cgroups" { if ($4 == 1) known[$1] = 1; next }
    $3 == "cgroup" && index($2, root) == 1 {
      options = ""; n = split($4, word, ",")
      for (i = 1; i <= n; i++) {
        if (word[i] ~ /^name=/) options = "none," word[i]
        else if (word[i] in known) options = options (options == "" ? "" : ",") word[i]
      }
      if (options != "") print substr($2, length(root) + 1), options
    }' /proc/cgroups /proc/self/mounts
}

# cgroup_create MACHINE: its groups, and in each the child "system" for everything but the pods.
cgroup_create() {
  local hierarchy group
  while read -r hierarchy _; do
    group=$cgroup_root/$hierarchy/$prefix-$1
    mkdir -p "$group"
    if [ -e "$group/cpuset.cpus" ]; then    # empty in a new group, and then nothing may enter
      cat "$cgroup_root/$hierarchy/cpuset.cpus" >"$group/cpuset.cpus"
      cat "$cgroup_root/$hierarchy/cpuset.mems" >"$group/cpuset.mems"
      echo 1 >"$group/cgroup.clone_children"
    fi
    mkdir -p "$group/system"
  done < <(cgroup_hierarchies)
}

# cgroup_join GROUP: moves the calling (sub)shell, and all that it starts, to $prefix-GROUP.
cgroup_join() {
  local hierarchy
  while read -r hierarchy _; do
    echo "$BASHPID" >"$cgroup_root/$hierarchy/$prefix-$1/cgroup.procs"
  done < <(cgroup_hierarchies)
}

# cgroup_folders: every group of this checkout's machines, children first.
cgroup_folders() {
  find "$cgroup_root"/*/"$prefix"-* -depth -type d 2>/dev/null || true
}

# cgroup_pids: every process in them.
cgroup_pids() {
  cgroup_folders | sed 's|$|/cgroup.procs|' | xargs -r cat 2>/dev/null | sort -nu
}

# cgroup_thaw: a frozen process cannot even be killed.
cgroup_thaw() {
  local file
  for file in $(find "$cgroup_root"/*/"$prefix"-* -name freezer.state 2>/dev/null); do
    echo THAWED >"$file" 2>/dev/null || true
  done
}

cgroup_remove() { cgroup_folders | xargs -r rmdir 2>/dev/null || true; }
