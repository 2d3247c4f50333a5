#!/usr/bin/env bash
# Makes the images of the demo and the tests from local files, each only when something that goes into it has changed. No image is pulled.
#
# images.sh            busybox and pause
# images.sh CONTEXT    the control plane, from the folder CONTEXT that control-plane.sh printed, and a network's router, made from that
set -euo pipefail
# shellcheck source=src/test/setup/common.sh
source "$(dirname "$0")/common.sh"

INPUTS=io.virtualnodes.inputs
scratch=$(mktemp -d)
trap 'rm -r "$scratch"' EXIT

# build IMAGE DOCKERFILE CONTEXT INPUTS [OPTION...]: the hash of the inputs is kept as a label, so the image itself says what it was made from.
build() {
  local image=$1 dockerfile=$2 context=$3 inputs=$4 made_from log
  shift 4
  made_from=$(docker image inspect --format "{{index .Config.Labels \"$INPUTS\"}}" "$image" 2>/dev/null || true)
  if [[ $made_from == "$inputs" ]]; then
    return
  fi
  say "building image $image"
  log=$(docker build --quiet --label "$INPUTS=$inputs" --tag "$image" --file "$dockerfile" "$@" "$context" 2>&1) ||
    fail "the image $image could not be built: $log"
}

busybox() {
  local busybox
  busybox=$(type -P busybox) || fail "busybox is missing: install Debian's busybox-static"
  ! ldd "$busybox" >/dev/null 2>&1 || fail "$busybox is not statically linked: install Debian's busybox-static"
  mkdir "$scratch/busybox"
  cp "$busybox" "$scratch/busybox/busybox"
  build virtualnodes/busybox:latest "$ROOT/src/test/images/busybox/Dockerfile" "$scratch/busybox" \
    "$(hash_of src/test/images/busybox/Dockerfile "$busybox")"
}

pause() {
  local sources=src/test/images/pause
  (cd "$ROOT/$sources" && CGO_ENABLED=0 GOOS=linux go build -trimpath -ldflags '-s -w' -o "$scratch/pause/pause" .)
  build virtualnodes/pause:latest "$ROOT/$sources/Dockerfile" "$scratch/pause" \
    "$(hash_of $sources/Dockerfile $sources/go.mod $sources/main.go)"
}

control_plane() {
  local context=$1 version=$2
  build "virtualnodes/control-plane:$version" "$ROOT/src/test/control-plane/Dockerfile" "$context" \
    "$(hash_of src/test/control-plane/Dockerfile)-$(basename "$context")"
}

# Debian has nft with libraries only, so these go along, each at its place.
network() {
  local context=$1 version=$2 nft libraries sources=src/test/images/network
  nft=$(type -P nft) || fail "nft is missing: install Debian's nftables"
  mapfile -t libraries < <(ldd "$nft" | grep -o '/[^ ]*')
  mkdir -p "$scratch/network/root/usr/sbin"
  cp --dereference "$nft" "$scratch/network/root/usr/sbin/nft"
  (cd / && cp --dereference --parents "${libraries[@]}" "$scratch/network/root")
  build "virtualnodes/network:$version" "$ROOT/$sources/Dockerfile" "$scratch/network" \
    "$(hash_of $sources/Dockerfile "$nft" "${libraries[@]}")-$(basename "$context")" \
    --build-arg "CONTROL_PLANE=virtualnodes/control-plane:$version"
}

if [[ $# -eq 0 ]]; then
  busybox
  pause
else
  version=$(cd "$ROOT/src/test/control-plane" && go list -m -f '{{.Version}}' k8s.io/kubernetes)
  control_plane "$1" "$version"
  network "$1" "$version"
fi
