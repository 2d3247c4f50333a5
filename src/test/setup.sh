#!/usr/bin/env bash
# Brings a bare Debian machine to where the tests and the demo run: packages, a Docker engine, the control plane and the images. No image is
# pulled. May be run again at any time: what is there stays, and then it takes seconds.
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)

"$here/setup/packages.sh"
jdk=$("$here/setup/jdk.sh")
"$here/setup/go.sh"
"$here/setup/engine.sh"
"$here/setup/images.sh"
control_plane=$("$here/setup/control-plane.sh")
"$here/setup/images.sh" "$control_plane"

echo "ready: JDK $jdk, kubectl $control_plane/bin/kubectl"
