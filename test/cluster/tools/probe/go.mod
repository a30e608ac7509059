// probe is the test program that runs in pods. Standard library only.
module metricspipeline.dev/test/cluster/tools/probe

go 1.26.0
