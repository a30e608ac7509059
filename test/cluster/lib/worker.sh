# SPDX-License-Identifier: Apache-2.0
# The programs of a node: containerd, kubelet, kube-proxy.

pause_image=docker.io/metricspipeline/pause:1

# worker_write NODE SAMPLING: how each of them is started.
worker_write() {
  local node=$1 sampling=--housekeeping-interval=$2 bin folder=$machines/$1 path
  [ "$2" != asked ] || sampling=--feature-gates=PodAndContainerStatsFromCRI=true
  bin=$(kubernetes_bin)
  path=$(containerd_bin):/usr/sbin:/usr/bin:/sbin:/bin    # containerd finds its shim in PATH

  worker_containerd_config "$folder" >"$folder/containerd.toml"
  network_cni "$node" "$folder/cni"
  program_write "$node" containerd env PATH="$path" containerd --config "$folder/containerd.toml"

  program_write "$node" kubelet env PATH="$path" "$bin/kubelet" --config="$folder/kubelet.yaml" \
    --kubeconfig="$pki/$node.kubeconfig" --cert-dir="$folder/kubelet-pki" \
    --hostname-override="$node" --node-ip="$(node_ip "$node")" \
    "$sampling"

  # conntrack: 0 leaves the computer's own limits alone, which are not ours to set.
  program_write "$node" kube-proxy "$bin/kube-proxy" --kubeconfig="$pki/kube-proxy.kubeconfig" \
    --hostname-override="$node" --proxy-mode=iptables --cluster-cidr="$pod_range" \
    --conntrack-max-per-core=0 --conntrack-min=0
}

worker_containerd_config() {
  cat <<END
version = 3
root = "$1/containerd"
state = "/run/containerd"
[grpc]
  address = "/run/containerd/containerd.sock"
[plugins."io.containerd.internal.v1.opt"]
  path = "$1/opt"
# The sandbox image is imported, never pulled.
[plugins."io.containerd.cri.v1.images".pinned_images]
  sandbox = "$pause_image"
[plugins."io.containerd.cri.v1.runtime"]
  # Lowering an OOM score needs a capability that a container or CI job often lacks.
  restrict_oom_score_adj = true
  disable_apparmor = true
[plugins."io.containerd.cri.v1.runtime".cni]
  bin_dirs = ["/usr/lib/cni"]
  conf_dir = "$1/cni"
[plugins."io.containerd.cri.v1.runtime".containerd.runtimes.runc]
  runtime_type = "io.containerd.runc.v2"
[plugins."io.containerd.cri.v1.runtime".containerd.runtimes.runc.options]
  SystemdCgroup = false
END
}

# worker_kubelet_config NODE signed|self-signed: how the kubelet proves who it is to those who scrape it.
worker_kubelet_config() {
  local folder=$machines/$1 serving=''
  [ "$2" != signed ] || serving="tlsCertFile: $pki/$1-serving.crt
tlsPrivateKeyFile: $pki/$1-serving.key"
  cat >"$folder/kubelet.yaml" <<END
apiVersion: kubelet.config.k8s.io/v1beta1
kind: KubeletConfiguration
$serving
authentication: {anonymous: {enabled: false}, webhook: {enabled: true}, x509: {clientCAFile: "$pki/ca.crt"}}
authorization: {mode: Webhook}
containerRuntimeEndpoint: unix:///run/containerd/containerd.sock
cgroupDriver: cgroupfs
failCgroupV1: false
oomScoreAdj: 0
failSwapOn: false
maxOpenFiles: 20000
resolvConf: $folder/resolv.conf
clusterDomain: cluster.local
volumePluginDir: $folder/volume-plugins
# The disk is shared with the rest of the computer: do not throw out images or pods because it is full.
imageGCHighThresholdPercent: 100
evictionHard: {memory.available: 100Mi, nodefs.available: "1%", imagefs.available: "1%"}
END
  echo "$2" >"$folder/kubelet-certificate"
}

# worker_kubelet_answers NODE: whether the kubelet says that it is well. Its pods may need a moment more.
worker_kubelet_answers() { in_machine "$1" curl --silent --fail http://127.0.0.1:10248/healthz; }

# worker_has_services NODE: whether kube-proxy has done its work. A node is Ready without it.
worker_has_services() { in_machine "$1" iptables --table nat --list-rules KUBE-SERVICES | grep default/kubernetes; }
