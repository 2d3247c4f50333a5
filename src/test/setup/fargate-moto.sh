#!/usr/bin/env bash
# The Fargate backend against moto's server, which is fetched from the Python package index.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
source "$here/common.sh"
port=8474
client='moto[ec2,ecs,logs,secretsmanager,server,servicequotas,sqs]==5.2.1'
folder=$CACHE/$(printf '%s' "$client" | sha256sum | cut -c1-16)

if [[ ! -x $folder/bin/moto_server ]]; then
  python3 -m venv "$folder"
  "$folder/bin/pip" install --quiet --disable-pip-version-check "$client" botocore
fi

mkdir -p "$ROOT/target"
# It looks at nobody's credentials.
AWS_EC2_METADATA_DISABLED=true "$folder/bin/moto_server" --host 127.0.0.1 --port "$port" >"$ROOT/target/moto.log" 2>&1 &
moto=$!
trap 'kill "$moto" 2>/dev/null || true' EXIT
account=$("$folder/bin/python" "$ROOT/src/test/python/moto_account.py" "http://127.0.0.1:$port") || { tail -20 "$ROOT/target/moto.log"; exit 1; }
read -r subnet group queue <<<"$account"

"$here/mvn.sh" --quiet verify -Dit.test='Moto*IT' -Dtest=NONE -Dsurefire.failIfNoSpecifiedTests=false -Dexcluded.tests= -Dgroups=moto \
  "-Dmoto.address=http://127.0.0.1:$port" "-Dmoto.subnet=$subnet" "-Dmoto.securityGroup=$group" "-Dmoto.queue=$queue"
