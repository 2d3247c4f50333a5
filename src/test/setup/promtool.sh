#!/usr/bin/env bash
# Builds Prometheus' promtool and prints the folder it is in: a cache outside of the working tree, named by what went into it. The first
# build on a machine takes some minutes.
set -euo pipefail
# shellcheck source=src/test/setup/common.sh
source "$(dirname "$0")/common.sh"

MODULE=src/test/monitoring

"$(dirname "$0")/go.sh"
key=$({ hash_of $MODULE/go.mod $MODULE/go.sum src/test/setup/promtool.sh; go env GOVERSION GOARCH; } | sha256sum | cut -c1-16)
folder=$CACHE/promtool-$key
if [[ ! -x $folder/promtool ]]; then
  say "building promtool: minutes the first time" >&2
  mkdir -p "$folder"
  # Without the clouds' ways of finding targets, which rules have no use for. In one step, so that a build which was interrupted is never
  # taken for one that is complete.
  (cd "$ROOT/$MODULE" && CGO_ENABLED=0 go build -tags remove_all_sd -trimpath -ldflags '-s -w' -o "$folder/promtool.part" \
    github.com/prometheus/prometheus/cmd/promtool)
  mv "$folder/promtool.part" "$folder/promtool"
fi
touch "$folder"
say "$folder"
