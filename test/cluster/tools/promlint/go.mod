// promlint checks the programs' own metrics. Versions as in ../kubernetes: nothing more to download.
module metricspipeline.dev/test/cluster/tools/promlint

go 1.26.0

require github.com/prometheus/client_golang v1.23.2

require (
	github.com/munnerz/goautoneg v0.0.0-20191010083416-a7dc8b61c822 // indirect
	github.com/prometheus/client_model v0.6.2 // indirect
	github.com/prometheus/common v0.67.5 // indirect
	go.yaml.in/yaml/v2 v2.4.3 // indirect
	google.golang.org/protobuf v1.36.12-0.20260120151049-f2248ac996af // indirect
)
