# SPDX-License-Identifier: Apache-2.0
# Taking a cluster down, in whatever state it is. Nothing is remembered for this: all that a cluster
# runs is found in its cgroups.

# teardown: logs and the port number stay behind, everything else goes.
teardown() {
  local tries
  for ((tries = 0; tries < 100; tries++)); do
    [ -n "$(cgroup_pids)" ] || break
    cgroup_kill
    sleep 0.05
  done
  # The kernel lets go of the groups of dead processes a moment later.
  for ((tries = 0; tries < 100; tries++)); do
    cgroup_remove
    [ -n "$(cgroup_folders)" ] || break
    sleep 0.05
  done
  find "$state" -mindepth 1 -maxdepth 1 ! -name logs ! -name port -exec rm -rf {} + 2>/dev/null || true
}
