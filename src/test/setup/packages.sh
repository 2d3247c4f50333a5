#!/usr/bin/env bash
# Installs by apt what the tests use and this machine lacks. Where nothing is missing, apt is not asked.
set -euo pipefail
# shellcheck source=src/test/setup/common.sh
source "$(dirname "$0")/common.sh"

missing=()
# needs PACKAGE PROGRAM: what counts is whether the program can be run, wherever it came from.
needs() { have "$2" || missing+=("$1"); }

needs make make
needs maven mvn
needs iproute2 ip
needs util-linux flock
needs nftables nft
busybox=$(type -P busybox || true)
# Only the static one can be all that an image holds; the plain package has a file of the same name.
if [[ -z $busybox ]] || ldd "$busybox" >/dev/null 2>&1; then
  missing+=(busybox-static)
fi
if ! engine_answers; then
  # An engine elsewhere needs a client only, but Debian has both in one package.
  { have_docker && { [[ -n ${DOCKER_HOST:-} ]] || have dockerd; }; } || missing+=(docker.io)
fi

if [[ ${#missing[@]} -eq 0 ]]; then
  exit
fi
have apt-get || fail "missing: ${missing[*]} (Debian's names); install them, there is no apt here to do it"
[[ $EUID -eq 0 ]] || fail "missing: ${missing[*]}; run 'sudo apt-get install ${missing[*]}' first, or this script as root"
say "installing ${missing[*]}"
log=$(apt-get update 2>&1) || fail "apt could not read its package lists: $log"
log=$(DEBIAN_FRONTEND=noninteractive apt-get install --yes --no-install-recommends "${missing[@]}" 2>&1) ||
  fail "apt could not install ${missing[*]}: $log"
