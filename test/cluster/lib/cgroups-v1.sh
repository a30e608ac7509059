# SPDX-License-Identifier: Apache-2.0
# Version 1 of cgroups: a group of the same name in each mounted hierarchy.

# cgroup_hierarchies: "FOLDER OPTIONS" for each hierarchy, OPTIONS as mount wants them. Controllers may
# be mounted alone (cpu) or together (cpu,cpuacct); both are taken as they are.
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

# Asked once, before a machine's init adds mounts of its own.
hierarchies=$(cgroup_hierarchies)

cgroup_groups() {
  local hierarchy
  while read -r hierarchy _; do echo "$cgroup_root/$hierarchy/$prefix-$1"; done <<<"$hierarchies"
}

cgroup_create() {
  local group top
  for group in $(cgroup_groups "$1"); do
    mkdir -p "$group"
    top=${group%/*}
    if [ -e "$group/cpuset.cpus" ]; then    # empty in a new group, and then nothing may enter
      cat "$top/cpuset.cpus" >"$group/cpuset.cpus"
      cat "$top/cpuset.mems" >"$group/cpuset.mems"
      echo 1 >"$group/cgroup.clone_children"
    fi
    mkdir -p "$group/system"
  done
}

cgroup_delegate() { :; }    # a child has its hierarchy's controllers by nature

cgroup_mount() {
  local hierarchy options controller
  mount -t tmpfs -o mode=755 cgroup "$cgroup_root"
  while read -r hierarchy options; do
    mkdir "$cgroup_root/$hierarchy"
    mount -t cgroup -o "$options" cgroup "$cgroup_root/$hierarchy"
    for controller in ${hierarchy//,/ }; do
      [ -e "$cgroup_root/$controller" ] || ln -s "$hierarchy" "$cgroup_root/$controller"
    done
  done <<<"$hierarchies"
}

freezer_state() { echo "$cgroup_root"/*/"$prefix-$1"/freezer.state; }
cgroup_freeze() { echo FROZEN >"$(freezer_state "$1")"; }
cgroup_thaw() { echo THAWED >"$(freezer_state "$1")"; }
cgroup_frozen() { grep -qx FROZEN "$(freezer_state "$1")"; }    # FREEZING until the last has stopped

cgroup_kill() {
  local file
  while read -r file; do
    echo THAWED >"$file" 2>/dev/null || true    # a frozen process cannot even be killed
  done < <(find "$cgroup_root"/*/"$prefix"-* -name freezer.state 2>/dev/null)
  cgroup_pids | xargs -r kill -KILL 2>/dev/null || true
}

# Each controller that the kubelet insists on, in a hierarchy where groups can be made.
cgroup_faults() {
  local controller hierarchy probe found=''
  if [ -z "$hierarchies" ]; then
    echo "no cgroups are mounted below $cgroup_root. Try: mount -t cgroup2 cgroup $cgroup_root"
    return
  fi
  for controller in cpu cpuacct cpuset memory devices freezer pids; do
    awk '{print $2}' <<<"$hierarchies" | tr , '\n' | grep -qx $controller ||
      echo "the cgroup controller '$controller' is not mounted below $cgroup_root."
  done
  while read -r hierarchy _; do
    probe=$cgroup_root/$hierarchy/$prefix-preflight
    if mkdir "$probe" 2>/dev/null; then rmdir "$probe"; else found+=" $hierarchy"; fi
  done <<<"$hierarchies"
  [ -z "$found" ] || echo "cgroups cannot be made in:$found. They are mounted read-only, or not ours."
}
