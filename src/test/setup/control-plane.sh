#!/usr/bin/env bash
# Builds the control plane's binary and prints the folder it is in: a cache outside of the working tree, named by what went into it, so that
# a clean or a fresh clone finds it again. The first build on a machine takes some minutes.
set -euo pipefail
# shellcheck source=src/test/setup/common.sh
source "$(dirname "$0")/common.sh"

MODULE=src/test/control-plane
PROGRAMS=(etcd kube-apiserver kube-controller-manager kube-scheduler kubectl)
KEPT_DAYS=14

# The version must be linked in: without it the server reports a placeholder that clients cannot parse.
linked_versions() {
  local version built package major minor
  read -r version built < <(go list -m -f '{{.Version}} {{.Time.Format "2006-01-02T15:04:05Z"}}' k8s.io/kubernetes)
  IFS=. read -r major minor _ <<<"${version#v}"
  for package in k8s.io/component-base/version k8s.io/client-go/pkg/version; do
    printf -- '-X %s.%s ' \
      "$package" "gitVersion=$version" "$package" "gitMajor=$major" "$package" "gitMinor=$minor" \
      "$package" "gitCommit=go-module" "$package" gitTreeState=clean "$package" "buildDate=$built"
  done
}

build() {
  local folder=$1 name versions
  say "building the control plane: minutes the first time, seconds after" >&2
  mkdir -p "$folder.part/bin"
  cd "$ROOT/$MODULE"
  versions=$(linked_versions)
  CGO_ENABLED=0 GOOS=linux go build -trimpath -ldflags "-s -w $versions" -o "$folder.part/bin/control-plane" .
  for name in "${PROGRAMS[@]}"; do
    ln -sf control-plane "$folder.part/bin/$name"
  done
  # In one step, so that a build which was interrupted is never taken for one that is complete.
  mv "$folder.part" "$folder"
}

# Its other command, the benchmark's floor, is no part of it.
mapfile -t sources < <(cd "$ROOT" && find "$MODULE" -path "$MODULE/floor" -prune -o \
  \( -name '*.go' ! -name '*_test.go' -o -name go.mod -o -name go.sum \) -print | LC_ALL=C sort)
key=$({ hash_of "${sources[@]}" src/test/setup/control-plane.sh; go env GOVERSION GOARCH; } | sha256sum | cut -c1-16)
folder=$CACHE/$key

mkdir -p "$CACHE"
# One build at a time: two clones that are set up at once would otherwise build the same thing into the same folder.
exec 9>"$CACHE/lock"
flock 9
if [[ ! -x $folder/bin/control-plane ]]; then
  rm -rf "$folder.part"
  build "$folder"
fi
touch "$folder"
find "$CACHE" -mindepth 1 -maxdepth 1 -type d -mtime +"$KEPT_DAYS" -exec rm -r {} +
say "$folder"
