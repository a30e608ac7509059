# Sourced by hack/build-tools.
expected_seconds=30    # after kubernetes: see go.mod
packages=.
