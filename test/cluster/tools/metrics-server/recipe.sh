# Sourced by hack/build-tools.
expected_seconds=90
link_flags='-X k8s.io/client-go/pkg/version.gitVersion=v0.9.0'
