#!/usr/bin/env bash
# Builds what the manifests are tried with, helm and OLM's own validator of bundles, and prints the folder they are in: in the control plane's
# cache, named by what went into it. The first build on a machine takes some minutes.
set -euo pipefail
# shellcheck source=src/test/setup/common.sh
source "$(dirname "$0")/common.sh"

MODULE=src/test/tools
PROGRAMS=(helm.sh/helm/v4/cmd/helm github.com/operator-framework/api/cmd/operator-verify)

build() {
  local folder=$1
  say "building helm and operator-verify: minutes the first time" >&2
  rm -rf "$folder.part"
  mkdir -p "$folder.part"
  (cd "$ROOT/$MODULE" && CGO_ENABLED=0 go build -trimpath -ldflags '-s -w' -o "$folder.part/" "${PROGRAMS[@]}")
  # What OLM's objects look like, so that an API server can judge them.
  cp -r "$(cd "$ROOT/$MODULE" && go list -m -f '{{.Dir}}' github.com/operator-framework/api)/crds" "$folder.part/olm-crds"
  chmod -R u+w "$folder.part/olm-crds"
  rm "$folder.part"/olm-crds/*.go
  # In one step, so that a build which was interrupted is never taken for one that is complete.
  mv "$folder.part" "$folder"
}

key=$({ hash_of $MODULE/go.mod $MODULE/go.sum src/test/setup/tools.sh; go env GOVERSION GOARCH; } | sha256sum | cut -c1-16)
folder=$CACHE/tools-$key
mkdir -p "$CACHE"
# One build at a time, and nobody who wants the control plane waits for this one.
exec 9>"$CACHE/tools.lock"
flock 9
[[ -x $folder/helm ]] || build "$folder"
touch "$folder"
say "$folder"
