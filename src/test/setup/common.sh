# shellcheck shell=bash
# What the set-up and the cluster script share. Sourced, never run.

# Read here so that every script sees the same names.
ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/../../.." && pwd)
# shellcheck disable=SC2034 # read by the scripts that source this
CACHE=${XDG_CACHE_HOME:-$HOME/.cache}/virtualnodes

say() { printf '%s\n' "$*"; }

fail() {
  printf '%s: %s\n' "$(basename "$0")" "$*" >&2
  exit 1
}

# Where Debian's own client is installed it goes before whatever comes first on the PATH: that may be of another version than the engine.
docker() {
  if [[ -x /usr/bin/docker ]]; then
    /usr/bin/docker "$@"
  else
    command docker "$@"
  fi
}

have() { command -v "$1" >/dev/null 2>&1; }

# have_docker: `have docker` would find the function above.
have_docker() { [[ -x /usr/bin/docker ]] || type -P docker >/dev/null; }

engine_answers() { have_docker && docker version --format '{{.Server.Version}}' >/dev/null 2>&1; }

# hash_of FILE...: one short hash over their names and contents. Names are given relative to the root, so that clones agree.
hash_of() { (cd "$ROOT" && sha256sum -- "$@") | sha256sum | cut -c1-16; }
