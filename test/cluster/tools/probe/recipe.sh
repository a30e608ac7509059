# Sourced by hack/build-tools.
expected_seconds=5
packages=.
