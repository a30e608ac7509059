# Sourced by hack/build-tools.
expected_seconds=30    # after kubernetes; alone 120: see go.mod
