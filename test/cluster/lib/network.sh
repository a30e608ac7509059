# SPDX-License-Identifier: Apache-2.0
# The network: a bridge on cp, a cable from it to each node, and a route for each node's pods.
# Addresses are never translated, so every part sees who really called.

# network_connect NODE...
network_connect() {
  local cp node other
  cp=$(machine_pid cp)
  network_modules
  {
    echo "link add br0 type bridge"
    echo "addr add $cp_ip/24 dev br0"
    echo "link set br0 up"
    for node in "$@"; do
      echo "link add to-$node type veth peer name eth0 netns $(machine_pid "$node")"
      echo "link set to-$node master br0 up"
      echo "route add $(node_pod_range "$node") via $(node_ip "$node")"
    done
  } | nsenter --target "$cp" --net ip -batch -
  bridge_firewall cp 0
  for node in "$@"; do
    {
      echo "addr add $(node_ip "$node")/24 dev eth0"
      echo "link set eth0 up"
      echo "route add default via $cp_ip"
      for other in "$@"; do
        [ "$other" = "$node" ] || echo "route add $(node_pod_range "$other") via $(node_ip "$other")"
      done
    } | nsenter --target "$(machine_pid "$node")" --net ip -batch -
    bridge_firewall "$node" 1
  done
}

# network_modules: parts of the kernel that on most computers nobody has asked for yet.
network_modules() {
  local switch
  # kube-proxy sets limits of it before it makes the first rule that would load it.
  [ -e /proc/sys/net/netfilter/nf_conntrack_max ] || modprobe nf_conntrack || true
  [ ! -e /proc/sys/net/bridge ] || return 0
  modprobe br_netfilter || { step "without br_netfilter no pod can call a Service on its own node"; return 0; }
  # It comes switched on. The computer's own bridges shall not notice; each machine has its own switches.
  for switch in /proc/sys/net/bridge/bridge-nf-call-*; do echo 0 >"$switch"; done
}

# bridge_firewall MACHINE 0|1: whether bridged packets pass iptables. On a node they must, or a pod
# that calls a Service and lands on its own node gets an answer from the wrong address.
bridge_firewall() {
  local setting=/proc/sys/net/bridge/bridge-nf-call-iptables
  in_machine "$1" bash -c "[ ! -e $setting ] || echo $2 >$setting"
}

# network_cni NODE FOLDER: the pod network of a node as containerd reads it.
network_cni() {
  mkdir -p "$2"
  cat >"$2/10-cluster.conflist" <<END
{"cniVersion": "1.0.0", "name": "cluster", "plugins": [
  {"type": "bridge", "bridge": "cni0", "isGateway": true, "ipMasq": false, "hairpinMode": true,
   "ipam": {"type": "host-local", "ranges": [[{"subnet": "$(node_pod_range "$1")"}]],
            "routes": [{"dst": "0.0.0.0/0"}]}},
  {"type": "portmap", "capabilities": {"portMappings": true}}]}
END
}
