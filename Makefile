# What a developer types. Everything else is Maven's: see the README.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help

MVN := src/test/setup/mvn.sh
BACKEND ?= docker

.PHONY: help setup demo demo-down test chaos cluster cluster-down crds format package

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-14s %s\n", $$1, $$2 }' Makefile

setup: ## install what the tests and the demo need: packages, a Docker engine, a control plane, images
	@src/test/setup.sh

demo: setup ## run a burst of a hundred containers on virtual nodes, and leave the cluster up (BACKEND=docker, or simulated)
	@src/demo/demo.sh up $(BACKEND)

demo-down: ## stop the demo: its pool, its operator and its cluster
	@src/demo/demo.sh down

test: setup ## run all tests, those on a real control plane and a real engine included
	cd src/test/control-plane && go vet ./server && go test ./server
	$(MVN) verify

chaos: BACKEND = simulated
chaos: ROUNDS = 20
chaos: setup ## kill and freeze the operator everywhere, for hours (ROUNDS=20, BACKEND=simulated or docker, POINT=…, SEED=…)
	trap 'cat target/chaos/faults.md' EXIT; $(MVN) verify -Dtest=NONE -Dsurefire.failIfNoSpecifiedTests=false \
		-Dexcluded.tests= -Dgroups=chaos -Dchaos.rounds=$(ROUNDS) -Dchaos.backend=$(BACKEND) \
		$(if $(POINT),-Dit.test=CrashIT "-Dchaos.point=$(POINT)") $(if $(SEED),-Dchaos.seed=$(SEED))

cluster: setup ## start a control plane to try things out by hand
	@src/test/cluster.sh up

cluster-down: ## remove that control plane and all that is in it
	@src/test/cluster.sh down

crds: ## write crds/ anew from the classes of the resource
	$(MVN) --quiet spotless:apply package -DskipTests

format: ## format the Java sources, without which the build fails
	$(MVN) --quiet spotless:apply

package: ## build the operator as target/quarkus-app
	$(MVN) --quiet package -DskipTests
