# SPDX-License-Identifier: Apache-2.0
# Sourced by every script of test/cluster: names, folders, addresses, and the rest of lib/.
#
# Words: a "machine" is a set of namespaces and cgroups that behaves like a computer of its own. "cp"
# runs the control plane, "node1", "node2"... run a kubelet each.

. "$(dirname "${BASH_SOURCE[0]}")/../../../hack/lib.sh"

cluster=$repo/test/cluster
state=$repo/.cluster               # everything a running cluster writes
machines=$state/machines           # one folder per machine
logs=$state/logs                   # one file per program and machine
pki=$state/pki
export KUBECACHEDIR=$state/kubectl-cache

# Cgroups are the one thing that all clusters of a computer share: their names tell checkouts apart.
prefix=mpl-$(printf %s "$repo" | sha256sum | cut -c1-8)

# The network lives in the machines' own namespaces, so every cluster uses the same addresses.
cp_ip=10.90.0.1
service_range=10.96.0.0/16
pod_range=10.244.0.0/16
node_ip() { echo "10.90.0.$((10 + ${1#node}))"; }
node_pod_range() { echo "10.244.${1#node}.0/24"; }

# node_names: the nodes of the cluster that is up or coming up, one a line.
node_names() { cat "$state/nodes"; }

kubernetes_bin() { "$repo/hack/build-tools" --path kubernetes; }
containerd_bin() { "$repo/hack/build-tools" --path containerd; }

# kube ARGUMENTS...: kubectl as cluster admin, as any user of the cluster runs it.
kube() { "$state/bin/kubectl" --kubeconfig "$state/kubeconfig" "$@"; }

# wait_until SECONDS WHAT COMMAND...: asks again and again; dies naming WHAT if the time runs out.
wait_until() {
  local limit=$(($(now) + $1 * 1000000)) what=$2
  shift 2
  until "$@" >/dev/null 2>&1; do
    [ "$(now)" -lt "$limit" ] || die "waited in vain for: $what (logs are in ${logs#"$repo/"}/)"
    sleep 0.1
  done
}

# alone ARGUMENTS...: starts the calling script again under a lock, so that no two of this checkout's
# scripts change the cluster at once. The lock is not inherited by what the script starts.
alone() {
  [ -z "${CLUSTER_LOCKED:-}" ] || return 0
  CLUSTER_LOCKED=1 exec flock --close "$cluster" "$0" "$@"
}

for part in cgroups machine network pki control-plane worker images forwarder teardown; do
  . "$cluster/lib/$part.sh"
done
