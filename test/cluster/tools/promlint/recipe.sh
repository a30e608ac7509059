# Sourced by hack/build-tools.
expected_seconds=20
packages=.
