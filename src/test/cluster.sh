#!/usr/bin/env bash
# A cluster for trying things out, in one container: a control plane without nodes.
#
# cluster.sh up      starts it, or finds it running, and writes a kubeconfig
# cluster.sh down    removes it with everything in it
# cluster.sh status  tells whether it runs; exits 1 when it does not
set -euo pipefail
# shellcheck source=src/test/setup/common.sh
source "$(dirname "$0")/setup/common.sh"

NAME=virtualnodes-cluster
VERSION=$(sed -n 's#^\tk8s.io/kubernetes ##p' "$ROOT/src/test/control-plane/go.mod")
IMAGE=virtualnodes/control-plane:$VERSION
PORT=6443
FOLDER=$ROOT/target/cluster
READY='Node controller sync successful'
PATIENCE=120 # seconds

# As the engine calls it: running, exited and so on.
state() {
  local now
  # What is printed of a container that there is not, differs between clients.
  if now=$(docker container inspect --format '{{.State.Status}}' "$NAME" 2>/dev/null); then
    say "$now"
  else
    say absent
  fi
}

# On the engine's bridge, where other containers reach it.
address() { inspect '{{.NetworkSettings.Networks.bridge.IPAddress}}'; }

inspect() { docker container inspect --format "$1" "$NAME"; }

# The port on this machine: a fixed one if it is free, so that a kubeconfig stays right over a restart of the engine.
published() {
  if (exec 3<>"/dev/tcp/127.0.0.1/$PORT") 2>/dev/null; then
    echo 127.0.0.1::6443
  else
    echo "127.0.0.1:$PORT:6443"
  fi
}

# Ready since its latest start: the log also has the line of every start before.
is_ready() { docker logs --since "$(inspect '{{.State.StartedAt}}')" "$NAME" 2>&1 | grep --quiet "$READY"; }

await_ready() {
  local deadline=$((SECONDS + PATIENCE))
  until is_ready; do
    if [[ $(state) != running ]]; then
      docker logs --tail 30 "$NAME" >&2
      fail "the cluster ended while it started; its last lines are above"
    fi
    [[ $SECONDS -lt $deadline ]] || fail "the cluster did not work within $PATIENCE seconds: see 'docker logs $NAME'"
    sleep 0.2
  done
}

write_kubeconfig() {
  local server text
  server=$(docker port "$NAME" 6443/tcp | head -n 1)
  text=$(docker cp "$NAME:/etc/rancher/k3s/k3s.yaml" - | tar --extract --to-stdout)
  mkdir -p "$FOLDER"
  # It holds the administrator's key.
  (umask 077 && say "${text//127.0.0.1:6443/$server}" >"$FOLDER/kubeconfig")
}

link_kubectl() {
  local built
  built=$("$ROOT/src/test/setup/control-plane.sh")
  mkdir -p "$FOLDER/bin"
  ln -sfn "$built/bin/kubectl" "$FOLDER/bin/kubectl"
}

up() {
  engine_answers || fail "no Docker engine answers: run src/test/setup.sh first"
  docker image inspect "$IMAGE" >/dev/null 2>&1 || fail "there is no image $IMAGE: run src/test/setup.sh first"
  case $(state) in
  running) ;;
  absent)
    docker run --detach --pull never --name "$NAME" --hostname "$NAME" --publish "$(published)" "$IMAGE" server >/dev/null
    ;;
  *) docker start "$NAME" >/dev/null ;; # what was in it is still there
  esac
  await_ready
  write_kubeconfig
  link_kubectl
  if [[ $(inspect '{{.Image}}') != $(docker image inspect --format '{{.Id}}' "$IMAGE") ]]; then
    say "note: it runs an older build of $IMAGE; 'down' and 'up' replace it, and all that is in it"
  fi
  say "Kubernetes $VERSION runs in the container $NAME. Containers on the bridge reach it at https://$(address):6443"
  say
  say "  export KUBECONFIG=$FOLDER/kubeconfig PATH=$FOLDER/bin:\$PATH"
  say "  kubectl get namespaces"
}

down() {
  engine_answers || fail "no Docker engine answers, so no cluster of it runs"
  if [[ $(state) == absent ]]; then
    say "there is no cluster"
  else
    docker stop "$NAME" >/dev/null
    docker rm --volumes "$NAME" >/dev/null
    say "the cluster is removed"
  fi
  rm -rf "$FOLDER"
}

status() {
  local now=absent
  if engine_answers; then
    now=$(state)
  fi
  if [[ $now == running ]] && is_ready; then
    say "the cluster runs; export KUBECONFIG=$FOLDER/kubeconfig PATH=$FOLDER/bin:\$PATH"
  else
    say "the cluster does not run (container $NAME: $now)"
    exit 1
  fi
}

case ${1:-} in
up | down | status) "$1" ;;
*) fail "usage: cluster.sh up|down|status" ;;
esac
