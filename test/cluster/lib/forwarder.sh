# SPDX-License-Identifier: Apache-2.0
# The way in: 127.0.0.1:PORT of the ordinary network leads to the API server, which lives in cp's.

# forwarder_start: the port of the last time if it is still free; people put it into tunnels and notes.
forwarder_start() {
  local last
  last=$(cat "$state/port" 2>/dev/null || echo 0)
  rm -f "$state/port.new"
  (
    cgroup_join cp/system    # ends with the machine, although it is not inside
    close_inherited
    exec setsid python3 -I "$cluster/lib/forwarder.py" "$last" "$state/port.new" \
      "/proc/$(machine_pid cp)/ns/net" "$cp_ip" 6443
  ) >"$logs/forwarder.log" 2>&1 </dev/null &
  wait_until 30 "the forwarder" test -s "$state/port.new"
  mv "$state/port.new" "$state/port"
}
