# Sourced by hack/build-tools.
expected_seconds=60
link_flags='-X github.com/containerd/containerd/v2/version.Version=2.4.2'
