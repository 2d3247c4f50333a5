#!/usr/bin/env bash
# The emulated Resource Manager of Azure, until it is told to end: emulator-aci.sh [--port N] [--containers docker|simulated] [--sandbox IMAGE] [--record FILE]
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)

exec "$here/emulator.sh" arm "$@"
