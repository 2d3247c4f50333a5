#!/usr/bin/env bash
# Builds what the manifests are tried with, helm and OLM's own validator of bundles, and prints the folder they are in: in the control plane's
# cache, named by what went into it. In its folder crds are the definitions of other projects' kinds that deploy/ has objects of, so that an API
# server can judge these. The first build on a machine takes some minutes.
set -euo pipefail
# shellcheck source=src/test/setup/common.sh
source "$(dirname "$0")/common.sh"

MODULE=src/test/tools
PROGRAMS=(helm.sh/helm/v4/cmd/helm github.com/operator-framework/api/cmd/operator-verify)

# definitions FOLDER MODULE@VERSION SUM FILE...   copies definitions out of a module that nothing is built from; SUM is what a go.sum would say
definitions() {
  local answer module
  answer=$(cd / && go mod download -json "$2")
  [[ $answer == *"\"Sum\": \"$3\""* ]] || fail "$2 does not have the sum $3: $answer"
  module=$(sed -n 's/^\t"Dir": "\(.*\)",$/\1/p' <<<"$answer")
  (cd "$module" && install --mode 644 --target-directory "$1" "${@:4}")
}

build() {
  local folder=$1
  say "building helm and operator-verify: minutes the first time" >&2
  rm -rf "$folder.part"
  mkdir -p "$folder.part"
  (cd "$ROOT/$MODULE" && CGO_ENABLED=0 go build -trimpath -ldflags '-s -w' -o "$folder.part/" "${PROGRAMS[@]}")
  mkdir "$folder.part/crds"
  install --mode 644 --target-directory "$folder.part/crds" \
    "$(cd "$ROOT/$MODULE" && go list -m -f '{{.Dir}}' github.com/operator-framework/api)/crds/operators.coreos.com_clusterserviceversions.yaml"
  definitions "$folder.part/crds" github.com/argoproj/argo-cd/v3@v3.3.0 h1:9UlruTd5cC/MyvorTXgAIblfZTy63MF5FYvvoAaUvwU= \
    manifests/crds/application-crd.yaml
  definitions "$folder.part/crds" github.com/fluxcd/kustomize-controller@v1.7.3 h1:SzNnGn/4ObAPEHHleM5U7y/AKxKXph3Vj6ZhteeXw8M= \
    config/crd/bases/kustomize.toolkit.fluxcd.io_kustomizations.yaml
  definitions "$folder.part/crds" github.com/prometheus-operator/prometheus-operator@v0.85.0 h1:M5xLCLEoaW2IJfnuCwFzzpL+jSVQu3KGT84Pye+fW8s= \
    example/prometheus-operator-crd/monitoring.coreos.com_{podmonitors,prometheusrules}.yaml
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
