# Sourced by hack/build-tools.
expected_seconds=400
rename='server=etcd'    # the main package of etcd lies in a folder called server
version='-X k8s.io/component-base/version.gitVersion=v1.36.3 -X k8s.io/client-go/pkg/version.gitVersion=v1.36.3'
number='-X k8s.io/component-base/version.gitMajor=1 -X k8s.io/component-base/version.gitMinor=36'
link_flags="$version $number"
