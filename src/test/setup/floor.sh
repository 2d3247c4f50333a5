#!/usr/bin/env bash
# Builds the agent that benchmarks measure the operator against and prints where it is: in the control plane's cache, named by what went
# into it. With the control plane built it takes seconds.
set -euo pipefail
# shellcheck source=src/test/setup/common.sh
source "$(dirname "$0")/common.sh"

MODULE=src/test/control-plane

key=$({ hash_of $MODULE/floor/main.go $MODULE/go.mod $MODULE/go.sum; go env GOVERSION GOARCH; } | sha256sum | cut -c1-16)
folder=$CACHE/floor-$key
if [[ ! -x $folder/floor ]]; then
  say "building the benchmark's floor" >&2
  mkdir -p "$folder"
  # In one step, so that a build which was interrupted is never taken for one that is complete.
  (cd "$ROOT/$MODULE" && CGO_ENABLED=0 go build -trimpath -ldflags '-s -w' -o "$folder/floor.part" ./floor)
  mv "$folder/floor.part" "$folder/floor"
fi
touch "$folder"
say "$folder/floor"
