# Sourced by hack/build-tools.
expected_seconds=120    # after kubernetes: see go.mod
version='-X k8s.io/component-base/version.gitVersion=v1.34.4 -X k8s.io/client-go/pkg/version.gitVersion=v1.34.4'
number='-X k8s.io/component-base/version.gitMajor=1 -X k8s.io/component-base/version.gitMinor=34'
link_flags="$version $number"
