#!/usr/bin/env bash
# The demo: a burst of a hundred containers on the virtual nodes of a real control plane, checked and timed.
#
# demo.sh up docker     starts the cluster and the operator, runs the burst on an engine, and leaves both running
# demo.sh up simulated  the same with a backend that runs nothing
# demo.sh up aci        the same at an emulated Azure, whose containers run on the engine
# demo.sh up fargate    the same at an emulated AWS
# demo.sh down          stops what it started
set -euo pipefail
# shellcheck source=src/test/setup/common.sh
source "$(dirname "$0")/../test/setup/common.sh"

FOLDER=$ROOT/target/demo
PIDFILE=$FOLDER/operator.pid
LOG=$FOLDER/operator.log
SHARE=$FOLDER/share
SIMULATIONS=$FOLDER/simulations
# Emulated clouds, of which one runs at a time.
AZURE=http://127.0.0.1:8460
AWS=http://127.0.0.1:8470
CLOUD_PIDFILE=$FOLDER/cloud.pid
CLOUD_LOG=$FOLDER/cloud.log
# Where an emulated Azure has its groups does not matter, as long as it is always there.
SUBSCRIPTION=00000000-0000-0000-0000-000000000000
RESOURCE_GROUP=virtual-nodes
# What the emulated AWS has from its beginning.
ECS_CLUSTER=burst
LOG_GROUP=/virtualnodes/burst
EVENT_QUEUE=$AWS/123456789012/events
POOL=burst
NAMESPACE=virtual-nodes
IMAGE=virtualnodes/busybox:latest
COUNT=100
# As many as the backend starts at once, so that both are measured at the same work.
STARTS_AT_ONCE=8

export KUBECONFIG=$ROOT/target/cluster/kubeconfig
kubectl() { "$ROOT/target/cluster/bin/kubectl" "$@"; }

now() { date +%s.%N; }
since() { awk -v from="$1" -v to="$(now)" 'BEGIN { printf "%.1f", to - from }'; }
step() { printf '\n== %s\n' "$*"; }

runs() { [[ -f $1 ]] && kill -0 "$(<"$1")" 2>/dev/null; }
operator_runs() { runs "$PIDFILE"; }

groups_left() { "groups_left_$BACKEND"; }
groups_left_docker() { docker ps --all --quiet --filter "label=virtualnodes.io/pool=$POOL" | wc -l; }
groups_left_simulated() { echo $(($(journal Accepted) - $(journal Deleted) - $(journal Lost))); }

# Those that are being deleted count: Azure shows them until they are gone.
groups_left_aci() {
  curl --silent --fail "$AZURE/subscriptions/$SUBSCRIPTION/resourceGroups/$RESOURCE_GROUP/providers/Microsoft.ContainerInstance/containerGroups?api-version=2023-05-01" |
    { grep --only-matching '"provisioningState"' || true; } | wc -l
}

# ECS goes on showing what has ended, so these are the tasks that run or will, and the secrets that are kept for pods.
groups_left_fargate() {
  {
    ask_aws AmazonEC2ContainerServiceV20141113.ListTasks "{\"cluster\": \"$ECS_CLUSTER\"}" | { grep --only-matching 'arn:aws:ecs:' || true; }
    ask_aws secretsmanager.ListSecrets '{}' | { grep --only-matching '"Name"' || true; }
  } | wc -l
}

# The emulation wants a signature and does not read it.
ask_aws() {
  curl --silent --fail --header "X-Amz-Target: $1" --header 'Content-Type: application/x-amz-json-1.1' \
    --header 'Authorization: AWS4-HMAC-SHA256 nobody' --data "$2" "$AWS"
}

# How often the simulation noted this.
journal() { grep --count "\"event\":\"$1\"" "$SIMULATIONS/$POOL.jsonl" || true; }

build() { "$ROOT/src/test/setup/mvn.sh" --quiet --file "$ROOT/pom.xml" package -DskipTests; }

# All of deploy/base but the Deployment: this cluster has no machine to run a pod on, so the operator runs here, with those rights.
apply_rights() {
  mkdir -p "$FOLDER/rights"
  cat >"$FOLDER/rights/kustomization.yaml" <<'YAML'
apiVersion: kustomize.config.k8s.io/v1beta1
kind: Kustomization
resources: [../../../deploy/base]
patches:
- patch: |
    $patch: delete
    apiVersion: apps/v1
    kind: Deployment
    metadata: { name: virtual-nodes-operator, namespace: virtual-nodes }
YAML
  kubectl apply -k "$FOLDER/rights" >/dev/null
  kubectl wait --for=condition=Established crd/virtualnodepools.virtualnodes.io >/dev/null
}

write_operator_kubeconfig() {
  local token file=$FOLDER/operator.kubeconfig
  token=$(kubectl --namespace $NAMESPACE create token virtual-nodes-operator --duration 24h)
  (umask 077 && kubectl config view --raw --minify --flatten >"$file")
  kubectl --kubeconfig "$file" config unset users >/dev/null
  kubectl --kubeconfig "$file" config set-credentials operator --token "$token" >/dev/null
  kubectl --kubeconfig "$file" config set-context --current --user operator --namespace $NAMESPACE >/dev/null
}

# What the Deployment sets to a plain value.
deployment_setting() {
  kubectl create --dry-run=client --filename "$ROOT/deploy/base/deployment.yaml" --output \
    "jsonpath={.spec.template.spec.containers[0].env[?(@.name==\"$1\")].value}"
}

# The API server reaches this machine at the gateway of its own network.
this_machine() {
  docker container inspect --format '{{range .NetworkSettings.Networks}}{{println .Gateway}}{{end}}' virtualnodes-cluster | head -n 1
}

start_operator() {
  KUBECONFIG=$FOLDER/operator.kubeconfig \
    VIRTUALNODES_NODE_ADDRESS=$(this_machine) \
    VIRTUALNODES_SIMULATION_FOLDER=$SIMULATIONS \
    JAVA_TOOL_OPTIONS=$(deployment_setting JAVA_TOOL_OPTIONS) \
    MALLOC_ARENA_MAX=$(deployment_setting MALLOC_ARENA_MAX) \
    QUARKUS_HTTP_PORT=0 \
    setsid "$("$ROOT/src/test/setup/jdk.sh")/bin/java" -jar "$ROOT/target/quarkus-app/quarkus-run.jar" \
    </dev/null >"$LOG" 2>&1 &
  echo $! >"$PIDFILE"
}

# Ready once it leads and runs pools.
operator_is_ready() (
  exec 3<>/dev/tcp/127.0.0.1/9000 && printf 'GET /q/health/ready HTTP/1.0\r\n\r\n' >&3 && head -n 1 <&3 | grep --quiet ' 200 '
) 2>/dev/null

await_operator() {
  local deadline=$((SECONDS + 90))
  until operator_is_ready; do
    operator_runs || fail "the operator ended: see $LOG"
    [[ $SECONDS -lt $deadline ]] || fail "the operator is not ready: see $LOG"
    sleep 0.5
  done
}

stop_operator() { stop "$PIDFILE"; }

stop() {
  kill "$(<"$1")"
  for _ in {1..150}; do
    runs "$1" || break
    sleep 0.2
  done
  rm -f "$1"
}

# What goes on in a cloud of the demo's own; the other backends need none.
start_cloud() { if declare -F "start_cloud_$BACKEND" >/dev/null; then "start_cloud_$BACKEND"; fi; }
start_cloud_aci() { start_emulator "an emulated Azure (make emulator-aci)" arm "$AZURE" --sandbox virtualnodes/pause:latest; }
start_cloud_fargate() { start_emulator "an emulated AWS (make emulator-fargate)" ecs "$AWS"; }

# start_emulator WORDS CLOUD ADDRESS [FURTHER ARGUMENTS]
start_emulator() {
  step "starting $1, whose containers run on the engine"
  setsid "$ROOT/src/test/setup/emulator.sh" "$2" --port "${3##*:}" --containers docker "${@:4}" </dev/null >"$CLOUD_LOG" 2>&1 &
  echo $! >"$CLOUD_PIDFILE"
  until grep --quiet emulated "$CLOUD_LOG"; do
    runs "$CLOUD_PIDFILE" || fail "the emulated cloud ended: see $CLOUD_LOG"
    sleep 0.5
  done
}

make_images() {
  rm -rf "$1"
  mkdir -p "$1"/{images,taken,sums}
  for i in $(seq -w $COUNT); do
    # A picture of 64 by 64 points, each of its own colour.
    { printf 'P6 64 64 255\n' && head -c 12288 /dev/urandom; } >"$1/images/$i.ppm"
  done
  cp "$ROOT/src/demo/checksum.sh" "$1/"
}

# Of the images themselves, as they are here: what the pods wrote must say the same of every one.
verify_sums() {
  local sums
  sums=$(cat "$1"/sums/* | sort -u)
  [[ $(wc -l <<<"$sums") -eq $COUNT ]] || fail "$(wc -l <<<"$sums") checksums of $COUNT were written"
  (cd "$1" && sha256sum --quiet --check - <<<"$sums") || fail "a pod's checksum is wrong"
  say "checksums verified: $COUNT/$COUNT"
}

# The kind of a pool's backend never changes, so one of another demo's goes first. Its emulated cloud is gone, with all that ran there.
remove_other_pool() {
  local kind
  kind=$(kubectl get vnp $POOL --ignore-not-found --output jsonpath={.spec.backends[0]})
  if [[ -n $kind && $kind != *"\"$BACKEND\":"* ]]; then
    kubectl patch vnp $POOL --type merge --patch '{"spec": {"drain": {"forceOrphan": true}}}'
    kubectl delete vnp $POOL --timeout 120s
  fi
}

apply_pool() {
  remove_other_pool
  "apply_pool_$BACKEND"
  kubectl wait --for=condition=Ready --timeout 60s "virtualnodepools.virtualnodes.io/$POOL" ||
    fail "the pool is not ready; 'kubectl describe vnp $POOL' and $LOG say why"
}

apply_pool_simulated() { kubectl apply --filename "$ROOT/deploy/samples/pool-simulated.yaml"; }

apply_pool_docker() {
  make_images "$SHARE"
  kubectl patch --local --filename "$ROOT/deploy/samples/pool-docker.yaml" --output yaml --type merge --patch "$(
    cat <<YAML
spec:
  backends:
  - name: local
    docker:
      sandboxImage: virtualnodes/pause:latest
      sharedFolders:
      - { path: "$SHARE", mountPath: /share, access: ReadWrite }
YAML
  )" | kubectl apply --filename -
}

apply_pool_aci() {
  kubectl patch --local --filename "$ROOT/deploy/samples/pool-azure.yaml" --output yaml --type merge --patch "$(
    cat <<YAML
spec:
  # Without a subnet nobody chooses name servers.
  network: { dnsServers: [] }
  backends:
  - name: azure
    aci: { subscriptionId: $SUBSCRIPTION, resourceGroup: $RESOURCE_GROUP, location: eastus, managementEndpoint: "$AZURE" }
YAML
  )" | kubectl apply --filename -
}

apply_pool_fargate() {
  kubectl patch --local --filename "$ROOT/deploy/samples/pool-fargate.yaml" --output yaml --type merge --patch "$(
    cat <<YAML
spec:
  backends:
  - name: fargate
    fargate:
      region: us-east-1
      cluster: $ECS_CLUSTER
      subnets: [subnet-0a1b2c3d4e5f67890, subnet-0b1c2d3e4f5a67891]
      executionRole: arn:aws:iam::123456789012:role/virtual-nodes-execution
      logGroup: $LOG_GROUP
      helperImage: $IMAGE
      eventQueue: "$EVENT_QUEUE"
      endpoint: "$AWS"
YAML
  )" | kubectl apply --filename -
}

progress() {
  kubectl get job burst --output jsonpath='completions: {.status.succeeded}/{.spec.completions}, active: {.status.active}' |
    sed 's#: /#: 0/#; s#active: $#active: 0#'
}

run_burst_docker() {
  run_burst_heard virtualnodes.io/pool=$POOL job.yaml
  verify_sums "$SHARE"
  run_engine_alone
}

# By the pool in whose name the emulation runs containers.
run_burst_aci() { run_burst_known virtualnodes.io/pool=azure; }
run_burst_fargate() { run_burst_known io.virtualnodes.emulator.ecs; }

run_burst_known() {
  make_known_images
  run_burst_heard "$1" job-known.yaml
  # Each pod compared one, and none that differs ends with 0.
  say "checksums verified by the pods: $COUNT/$COUNT"
}

# A Job whose containers run on the engine, with this label.
run_burst_heard() {
  local listener events=$FOLDER/started
  # Heard as they happen: an engine remembers its last few hundred events only.
  docker events --filter type=container --filter event=start --filter "label=$1" --format '{{.ID}}' >"$events" &
  listener=$!
  trap 'kill $listener 2>/dev/null' EXIT
  run_burst "$2"
  kill "$listener"
  trap - EXIT
  say "containers that the engine started: $(sort -u "$events" | wc -l)"
}

# In a ConfigMap, and so smaller than in a folder: pictures of 16 by 16 points, and the checksums of all.
make_known_images() {
  local folder=$FOLDER/known
  rm -rf "$folder"
  mkdir -p "$folder"
  for i in $(seq -w $COUNT); do
    { printf 'P6 16 16 255\n' && head -c 768 /dev/urandom; } >"$folder/$i.ppm"
  done
  (cd "$folder" && sha256sum ./*.ppm >sums)
  kubectl delete configmap burst --ignore-not-found >/dev/null
  kubectl create configmap burst --from-file "$folder" >/dev/null
}

run_burst_simulated() {
  local before
  before=$(journal Accepted)
  run_burst job.yaml
  say "groups that the simulation accepted: $(($(journal Accepted) - before))"
}

run_burst() {
  local started seconds waiter
  started=$(now)
  kubectl apply --filename "$ROOT/src/demo/$1"
  kubectl wait --for=condition=Complete --timeout 10m job/burst >/dev/null &
  waiter=$!
  while kill -0 $waiter 2>/dev/null; do
    say "  $(since "$started") s  $(progress)"
    for _ in {1..20}; do
      kill -0 $waiter 2>/dev/null || break
      sleep 0.1
    done
  done
  wait $waiter || fail "the Job did not complete: 'kubectl describe job burst' and $LOG say why"
  seconds=$(since "$started")
  say
  kubectl get job burst
  say
  say "$(progress | cut -d, -f1)"
  say "from apply to the last completion: $seconds s"
}

# The same hundred containers by the engine's own client, without Kubernetes: what could be had at best.
run_engine_alone() {
  local alone=$FOLDER/alone client started
  # xargs cannot call the function of that name.
  client=$(type -P /usr/bin/docker docker | head -n 1)
  make_images "$alone"
  started=$(now)
  seq $COUNT | xargs -P $STARTS_AT_ONCE -I '{}' "$client" run --detach --pull never \
    --name 'virtualnodes-alone-{}' --memory 32m --memory-swap 32m --cpu-shares 10 --volume "$alone:/share" $IMAGE sh /share/checksum.sh >/dev/null
  seq -f 'virtualnodes-alone-%g' $COUNT | xargs "$client" wait >/dev/null
  say "the engine alone, for $COUNT such containers: $(since "$started") s"
  seq -f 'virtualnodes-alone-%g' $COUNT | xargs "$client" rm >/dev/null
  verify_sums "$alone" >/dev/null
}

delete_job() {
  local left
  kubectl delete job burst --wait >/dev/null
  # Azure takes a hundred deletions in five minutes.
  for _ in {1..600}; do
    left=$(groups_left) || fail "the backend does not tell what is left"
    [[ $left -gt 0 ]] || break
    sleep 0.6
  done
  say "groups left: $left"
  [[ $left -eq 0 ]] || fail "groups are left at the backend: 'kubectl describe vnp $POOL' and $LOG say more"
}

run_again() { "run_again_$BACKEND"; }
run_again_docker() { echo "rm -r $SHARE/{taken,sums}/*; kubectl apply -f $ROOT/src/demo/job.yaml"; }
run_again_simulated() { echo "kubectl apply -f $ROOT/src/demo/job.yaml"; }
run_again_fargate() { echo "kubectl apply -f $ROOT/src/demo/job-known.yaml"; }
run_again_aci() { echo "kubectl apply -f $ROOT/src/demo/job-known.yaml     # five minutes later: Azure takes a hundred creations in that time"; }

look_around() {
  cat <<TEXT

The cluster and the operator go on running. Look around:

  export KUBECONFIG=$KUBECONFIG PATH=$ROOT/target/cluster/bin:\$PATH
  kubectl get vnp,nodes -o wide
  kubectl describe vnp $POOL
  $(run_again)
  less $LOG

Stop it all:

  make demo-down
TEXT
}

up() {
  BACKEND=${1:-}
  [[ $BACKEND =~ ^(docker|simulated|aci|fargate)$ ]] ||
    fail "BACKEND=$BACKEND is not there; use BACKEND=docker, BACKEND=simulated, BACKEND=aci or BACKEND=fargate"
  mkdir -p "$FOLDER"
  # One of before loads its classes from the files that the build replaces.
  if operator_runs; then
    stop_operator
  fi
  if runs "$CLOUD_PIDFILE"; then
    stop "$CLOUD_PIDFILE"
  fi
  step "building the operator"
  build
  start_cloud
  step "starting a control plane"
  "$ROOT/src/test/cluster.sh" up | sed -n 1p
  step "giving the operator its rights (deploy/base) and starting it"
  apply_rights
  write_operator_kubeconfig
  start_operator
  await_operator
  step "a pool of three virtual nodes (deploy/samples/pool-${BACKEND/aci/azure}.yaml)"
  apply_pool
  kubectl get vnp,nodes
  step "a Job of $COUNT images, 50 at a time"
  kubectl delete job burst --ignore-not-found --wait >/dev/null
  "run_burst_$BACKEND"
  delete_job
  look_around
}

down() {
  if operator_runs; then
    kubectl delete vnp --all --timeout 120s || say "the pool could not be deleted in time; its containers may be left"
    stop_operator
    say "the operator is stopped"
  fi
  if runs "$CLOUD_PIDFILE"; then
    stop "$CLOUD_PIDFILE"
    say "the emulated cloud is stopped, and its containers are gone"
  fi
  "$ROOT/src/test/cluster.sh" down
  rm -rf "$FOLDER"
}

case ${1:-} in
up | down) "$@" ;;
*) fail "usage: demo.sh up docker|simulated|aci|fargate, demo.sh down" ;;
esac
