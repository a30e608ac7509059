# Sourced by hack/build-tools.
expected_seconds=60    # after metrics-server
verb='test -c'
packages=sigs.k8s.io/metrics-server/test
rename='test.test=metrics-server-e2e'
