// metrics-server's own end-to-end tests, which lie in its module.
module metricspipeline.dev/test/cluster/tools/peer-e2e

go 1.26.4

godebug default=go1.26

require sigs.k8s.io/metrics-server v0.9.0 // indirect
