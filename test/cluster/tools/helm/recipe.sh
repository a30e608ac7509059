# Sourced by hack/build-tools.
expected_seconds=30    # after kubernetes; alone 200: see go.mod
link_flags='-X helm.sh/helm/v3/internal/version.version=v3.21.4'
