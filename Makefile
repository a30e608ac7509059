# Every target is one or two lines: the work is done by the scripts in hack/ and test/cluster/, which
# install what they need, print their progress and are safe to repeat. Each explains itself with --help.

.DEFAULT_GOAL := help
.PHONY: help demo demo-down build test test-unit test-integration test-sanitizers test-e2e soak fuzz \
        cluster cluster-down image bench bench-full lint format manifests

help: ## print this list
	@sed -nE 's/^([a-z0-9-]+):.*## (.*)/  make \1\t\2/p' Makefile | expand -t 26

demo: ## from nothing to "kubectl top" and a scaling HPA on a local real cluster
	@hack/demo

demo-down: ## take the demo's cluster down; nothing is left
	@test/cluster/down

build: ## compile everything (release)
	@hack/build release

test: ## everything: unit, integration, benchmark bars, sanitizers, fuzzing, e2e
	@hack/test all

test-unit: ## all code without real seconds, the seeds of the fuzzers, the rules of the house
	@hack/test unit

test-integration: ## against a real kube-apiserver and etcd
	@hack/test integration

test-sanitizers: ## unit and integration with address, undefined-behaviour and thread sanitizers
	@hack/test asan tsan

test-e2e: ## on a local real cluster
	@hack/test e2e

soak: ## SOAK_MINUTES (30) under load on the local real cluster while things break and rotate
	@hack/test soak

fuzz: ## every fuzz harness for FUZZ_SECONDS (600)
	@FUZZ_SECONDS=$${FUZZ_SECONDS:-600} hack/fuzz

cluster: ## the local real cluster alone: one control plane, two nodes
	@test/cluster/up

cluster-down: ## take it down; nothing is left
	@test/cluster/down

image: ## the container image of both programs
	@hack/build release metricspipeline-operator metricspipeline-collector && hack/build-image

bench: ## measure ourselves and the peer at 1,000 and 5,000 nodes, simulated API server (15–20 min)
	@bench/run

bench-full: ## the same thoroughly: real kube-apiserver, faults, 19,000 nodes (2 h)
	@bench/run full

lint: ## clang-format, clang-tidy, syntax of scripts
	@hack/lint

manifests: ## config/install.yaml and the chart's generated templates, after a change in config/ or crds/
	@hack/build-tools kubernetes && hack/generate-manifests

format: ## format all C++ in place
	@hack/lint --fix
