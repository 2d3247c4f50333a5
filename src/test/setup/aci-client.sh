#!/usr/bin/env bash
# Azure's own Python client against the emulated Resource Manager.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../../.." && pwd)
folder=$root/target/aci-client
port=8462
# Of the API version that the operator's own library speaks.
client=azure-mgmt-containerinstance==10.1.0

if [[ ! -x $folder/python/bin/pip ]]; then
  python3 -m venv "$folder/python"
fi
"$folder/python/bin/pip" install --quiet --disable-pip-version-check "$client"

"$here/emulator-aci.sh" --port "$port" --containers simulated >"$folder/emulator.log" 2>&1 &
emulator=$!
trap 'kill "$emulator" 2>/dev/null || true' EXIT
until grep --quiet emulated "$folder/emulator.log"; do
  kill -0 "$emulator" 2>/dev/null || { cat "$folder/emulator.log"; exit 1; }
  sleep 0.5
done
"$folder/python/bin/python" "$root/src/test/python/aci_client.py" "http://127.0.0.1:$port"
