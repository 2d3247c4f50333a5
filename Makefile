# What a developer types. Everything else is Maven's: see the README.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help

MVN := src/test/setup/mvn.sh
BACKEND ?= docker
# Of the emulated clouds: who runs their containers, and where their traffic is written down.
CONTAINERS ?= docker
RECORD ?=
PORT ?= 8460
SANDBOX ?= virtualnodes/pause:latest
# Of the benchmarks: pods in a round, pairs of rounds, further flags of the operator's JVM, and mebibytes in a stream.
N ?= 2000
PAIRS ?= 5
JVM ?=
MIB ?= 256
# Of the image: its name, and what it is built on.
IMAGE ?= virtual-nodes-operator:0.1.0
BASE ?= scratch

.PHONY: help setup demo demo-down test chaos bench bench-streams bench-core emulator-aci test-aci-client test-azure cluster cluster-down crds format package

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-19s %s\n", $$1, $$2 }' Makefile

setup: ## install what the tests and the demo need: packages, a Docker engine, a control plane, images
	@src/test/setup.sh

demo: setup ## run a burst of a hundred containers on virtual nodes, and leave the cluster up (BACKEND=docker, simulated, aci or fargate)
	@src/demo/demo.sh up $(BACKEND)

demo-down: ## stop the demo: its pool, its operator and its cluster
	@src/demo/demo.sh down

test: setup ## run what every change has to pass, on a real control plane and a real engine; what takes longer has targets of its own
	cd src/test/control-plane && go vet ./server ./floor && go test ./server
	$(MVN) verify -Pplugin

chaos: BACKEND = simulated
chaos: ROUNDS = 20
chaos: PATIENCE = 1
chaos: setup ## kill and freeze the operator everywhere, for hours (ROUNDS=20, BACKEND=simulated or docker, POINT=…, SEED=…, PATIENCE=1)
	trap 'cat target/chaos/faults.md' EXIT; $(MVN) verify -Dtest=NONE -Dsurefire.failIfNoSpecifiedTests=false \
		-Dexcluded.tests= -Dgroups=chaos -Dchaos.rounds=$(ROUNDS) -Dchaos.backend=$(BACKEND) \
		$(if $(POINT),-Dit.test=CrashIT "-Dchaos.point=$(POINT)") $(if $(SEED),-Dchaos.seed=$(SEED)) \
		-Dchaos.patience=$(PATIENCE)

.PHONY: failover
failover: ROUNDS = 10
failover: setup ## kill the leader of two replicas under load (ROUNDS=10), and stop a heartbeat; minutes
	trap 'cat target/failover.md' EXIT; $(MVN) verify -Dtest=NONE -Dsurefire.failIfNoSpecifiedTests=false \
		-Dexcluded.tests= -Dgroups=failover -Dfailover.rounds=$(ROUNDS)

bench: setup ## measure what a pod costs (N=2000 pods a round, PAIRS=5), then streams; docs/benchmark.md says how to read it
	floor=$$(src/test/setup/floor.sh) && $(MVN) --quiet verify -Dit.test=PodLifeBenchmark -Dtest=NONE \
	  -Dsurefire.failIfNoSpecifiedTests=false -Dbench.pods=$(N) -Dbench.pairs=$(PAIRS) -Dbench.floor="$$floor" -Dbench.jvmFlags="$(JVM)"
	@$(MAKE) --no-print-directory bench-streams

bench-streams: setup ## measure how fast bytes go by exec and port-forward (MIB=256 a stream, PAIRS=5), beside the engine's own client
	$(MVN) --quiet verify -Dit.test=StreamsBenchmark -Dtest=NONE -Dsurefire.failIfNoSpecifiedTests=false \
	  -Dbench.mebibytes=$(MIB) -Dbench.pairs=$(PAIRS)

bench-core: ## measure the pure steps of a pod's life (JVM=… for other flags); needs no cluster
	$(MVN) --quiet test-compile org.apache.maven.plugins:maven-dependency-plugin:3.9.0:build-classpath \
	  -Dmdep.outputFile=target/test.classpath
	"$$(src/test/setup/jdk.sh)/bin/java" --sun-misc-unsafe-memory-access=allow \
	  -cp "target/test-classes:target/classes:$$(cat target/test.classpath)" org.openjdk.jmh.Main \
	  -rf json -rff target/bench-core.json -jvmArgsAppend "$(JVM)"

.PHONY: emulator-fargate bench-fargate test-fargate-client test-fargate-moto test-aws
emulator-fargate: PORT = 8470
emulator-fargate: ## emulate AWS's ECS on Fargate by hand (PORT=8470, CONTAINERS=docker or simulated, RECORD=file)
	@src/test/setup/emulator.sh ecs --port $(PORT) --containers $(CONTAINERS) $(if $(RECORD),--record $(RECORD))

bench-fargate: ## measure what it costs to see up to 5,000 tasks, and how soon changes are seen; docs/tasks/aws.md has the figures
	$(MVN) test -Dtest=LookCostTest -Dbench.looks=true

test-fargate-client: ## drive the emulated AWS by AWS's own command line, which is fetched from the Python package index
	@src/test/setup/fargate-client.sh

test-fargate-moto: ## hold moto, another's emulation of AWS, to what every backend is held to; it is fetched from the Python package index
	@src/test/setup/fargate-moto.sh

test-aws: ## run what every backend is held to at AWS itself, which costs money (AWS_REGION=…; see docs/tasks/aws.md)
	$(MVN) verify -Dit.test=AwsAccountIT -Dtest=NONE -Dsurefire.failIfNoSpecifiedTests=false -Dexcluded.tests= -Dgroups=aws

emulator-aci: ## emulate Azure's Resource Manager by hand (PORT=8460, CONTAINERS=docker or simulated, RECORD=file)
	@src/test/setup/emulator-aci.sh --port $(PORT) --containers $(CONTAINERS) --sandbox $(SANDBOX) $(if $(RECORD),--record $(RECORD))

test-aci-client: ## drive the emulated Azure by Azure's own Python client, which is fetched from the Python package index
	@src/test/setup/aci-client.sh

test-azure: ## run what every backend is held to at Azure itself, which costs money (AZURE_SUBSCRIPTION_ID=…; see docs/tasks/azure.md)
	$(MVN) verify -Dit.test=AzureSubscriptionIT -Dtest=NONE -Dsurefire.failIfNoSpecifiedTests=false -Dexcluded.tests= -Dgroups=azure

.PHONY: test-monitoring
test-monitoring: ## try the alerts with Prometheus' own tool, which is built first, and check a scrape of an operator of its own
	@src/test/setup/monitoring.sh

.PHONY: image test-install
image: package ## build the operator's image virtual-nodes-operator:0.1.0 from local files (IMAGE=name:tag, BASE=an image for its system)
	@BASE=$(BASE) deploy/image/build.sh $(IMAGE)

test-install: setup image ## install the image as users do on a real control plane, use, upgrade and remove it
	tools=$$(src/test/setup/tools.sh) && $(MVN) verify -Dtest=NONE -Dsurefire.failIfNoSpecifiedTests=false \
	  -Dexcluded.tests= -Dgroups=install -Dmanifests.tools="$$tools"

.PHONY: test-gitops
test-gitops: ## have kstatus' library and Argo CD's interpreter of Lua judge pools in all states; both are fetched as Go modules
	cd src/test/gitops && go vet ./... && go test ./...

cluster: setup ## start a control plane to try things out by hand
	@src/test/cluster.sh up

cluster-down: ## remove that control plane and all that is in it
	@src/test/cluster.sh down

crds: ## write crds/ anew from the classes of the resource
	$(MVN) --quiet spotless:apply package -DskipTests

.PHONY: manifests test-manifests
manifests: ## write the Helm chart's and OLM's parts and docs/reference/pool.md anew from deploy/base, crds/ and the sample pools
	$(MVN) --quiet test -Dtest='ChartTest#theRights*+theCrd*+theMonitoring*,BundleTest#itsFiles*+theCatalogs*,PoolReferenceTest' \
	  -Dgolden=write

# Not part of `make test`: helm and OLM's validator take minutes to build the first time, and test-install takes them too.
test-manifests: setup ## try deploy/ with helm, OLM's validator and a real API server; GOLDEN=write keeps what helm makes of the chart
	tools=$$(src/test/setup/tools.sh) && $(MVN) verify -Dit.test=ManifestsIT,ChartIT -Dtest=NONE -Dsurefire.failIfNoSpecifiedTests=false \
	  -Dexcluded.tests= -Dgroups=manifests -Dmanifests.tools="$$tools" $(if $(GOLDEN),-Dgolden=$(GOLDEN))

format: ## format the Java sources, without which the build fails
	$(MVN) --quiet spotless:apply

package: ## build the operator as target/quarkus-app
	$(MVN) --quiet package -DskipTests

.PHONY: plugin
plugin: ## build kubectl-vnode as target/kubectl-vnode, one file: put it on the PATH (docs/kubectl-vnode.md)
	$(MVN) --quiet package -DskipTests -Pplugin
