#!/usr/bin/env bash
# AWS's own command line against the emulated AWS, and then all that both said against AWS's published models, which it brings along.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../../.." && pwd)
folder=$root/target/fargate-client
port=8472
client=awscli==1.46.2

if [[ ! -x $folder/python/bin/pip ]]; then
  python3 -m venv "$folder/python"
fi
"$folder/python/bin/pip" install --quiet --disable-pip-version-check "$client"

rm -f "$folder/traffic.jsonl"
"$here/emulator.sh" ecs --port "$port" --containers simulated --record "$folder/traffic.jsonl" >"$folder/emulator.log" 2>&1 &
emulator=$!
trap 'kill "$emulator" 2>/dev/null || true' EXIT
until grep --quiet emulated "$folder/emulator.log"; do
  kill -0 "$emulator" 2>/dev/null || { cat "$folder/emulator.log"; exit 1; }
  sleep 0.5
done

"$folder/python/bin/aws" --version
"$folder/python/bin/python" "$root/src/test/python/fargate_client.py" "$folder/python/bin/aws" "http://127.0.0.1:$port"
"$folder/python/bin/python" "$root/src/test/python/aws_traffic.py" "$folder/traffic.jsonl"
