# Sourced by hack/build-tools.
expected_seconds=120    # after kubernetes: see go.mod
version='-X k8s.io/component-base/version.gitVersion=v1.32.13 -X k8s.io/client-go/pkg/version.gitVersion=v1.32.13'
number='-X k8s.io/component-base/version.gitMajor=1 -X k8s.io/component-base/version.gitMinor=32'
link_flags="$version $number"
