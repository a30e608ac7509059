# SPDX-License-Identifier: Apache-2.0
# Images of the local cluster. They are built from scratch and imported: nothing is ever pulled.

# image_archives: the files that every node gets, the sandbox's first.
image_archives() {
  local folder
  folder=$("$cluster/build-images" --path)
  printf "$folder/%s.tar\n" pause probe peer-metrics-server peer-tests
}

# image_import NODE FILE...: waits for the node's containerd first.
image_import() {
  local node=$1 file
  shift
  wait_until 20 "containerd on $node" test -S "$machines/$node/run/containerd/containerd.sock"
  for file in "$@"; do
    in_machine "$node" "$(containerd_bin)/ctr" --namespace k8s.io images import --local "$file" \
      >>"$logs/import@$node.log" 2>&1 || die "$node could not import $file (see .cluster/logs/import@$node.log)"
  done
}
