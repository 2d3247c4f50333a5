#!/usr/bin/env bash
# Makes a Docker engine answer: the one that DOCKER_HOST names, else one on this machine, which is started when it does not run.
set -euo pipefail
# shellcheck source=src/test/setup/common.sh
source "$(dirname "$0")/common.sh"

LOG=/var/log/dockerd.log
PATIENCE=60 # seconds

if engine_answers; then
  exit
fi
[[ -z ${DOCKER_HOST:-} ]] || fail "no engine answers at DOCKER_HOST=$DOCKER_HOST; start it, or unset DOCKER_HOST to have one started here"
have dockerd || fail "no Docker engine answers and there is no dockerd to start; start the engine that this machine has"
[[ $EUID -eq 0 ]] || fail "no Docker engine answers; start it ('sudo systemctl start docker'), or run this script as root"

# forget_stale FILE PROGRAM: a number left from before a restart of the machine may be another process's by now, and dockerd would take
# that process for its own.
forget_stale() {
  local file=$1 program=$2 process
  if [[ -f $file ]]; then
    process=$(<"$file")
    [[ $(cat "/proc/$process/comm" 2>/dev/null) == "$program" ]] || rm -f "$file"
  fi
}

if [[ -d /run/systemd/system ]]; then
  say "starting the Docker service"
  systemctl start docker
else
  say "starting dockerd; its log is $LOG"
  forget_stale /var/run/docker.pid dockerd
  forget_stale /var/run/docker/containerd/containerd.pid containerd
  # Debian's dockerd goes with Debian's client: another that comes first on the PATH may be a client's bundle, without containerd.
  dockerd=/usr/sbin/dockerd
  [[ -x $dockerd ]] || dockerd=$(type -P dockerd)
  setsid nohup "$dockerd" >>"$LOG" 2>&1 </dev/null &
fi

for ((second = 0; second < PATIENCE; second++)); do
  if engine_answers; then
    exit
  fi
  sleep 1
done
[[ -d /run/systemd/system ]] || tail -n 20 "$LOG" >&2
fail "the Docker engine did not answer within $PATIENCE seconds"
