#!/usr/bin/env bash
# Says in one sentence when there is no Go, or one too old for the control plane's module.
set -euo pipefail
# shellcheck source=src/test/setup/common.sh
source "$(dirname "$0")/common.sh"

wanted=$(sed -n 's/^go //p' "$ROOT/src/test/control-plane/go.mod")
have go || fail "Go is missing: the tests' control plane is built with Go $wanted or later"
version=$(go env GOVERSION)
version=${version#go}
# The older of the two comes first.
oldest=$(printf '%s\n' "$wanted" "$version" | sort --version-sort | head -n 1)
[[ $oldest == "$wanted" || $(go env GOTOOLCHAIN) != local ]] || fail "Go $version is too old: the tests' control plane needs $wanted or later"
