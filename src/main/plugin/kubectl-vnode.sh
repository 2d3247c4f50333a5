#!/bin/sh
# kubectl vnode. It needs a Java 25 or newer: that of JAVA_HOME, else the one on the PATH, else one where systems keep them. What follows the
# last line of this script is a Java archive.

# Whether there is such a Java in a folder: its own note is read, since to ask it would cost as much as the command.
fits() {
  [ -x "$1/bin/java" ] && [ -r "$1/release" ] || return 1
  version=$(sed -n 's/^JAVA_VERSION="\([0-9]*\).*/\1/p' "$1/release")
  [ "${version:-0}" -ge 25 ]
}

# The folder of a program that may be a link, or a link to a link.
home_of() {
  program=$1
  while [ -L "$program" ]; do
    target=$(readlink "$program")
    case $target in
      /*) program=$target ;;
      *) program=$(dirname "$program")/$target ;;
    esac
  done
  dirname "$(dirname "$program")"
}

java_home=
if fits "${JAVA_HOME:-}"; then
  java_home=$JAVA_HOME
elif on_path=$(command -v java) && fits "$(home_of "$on_path")"; then
  java_home=$(home_of "$on_path")
else
  for candidate in /usr/lib/jvm/* /Library/Java/JavaVirtualMachines/*/Contents/Home /opt/java/*; do
    if fits "$candidate"; then
      java_home=$candidate
    fi
  done
fi
if [ -z "$java_home" ]; then
  echo "error: kubectl vnode needs a Java 25 or newer: install one, or say in JAVA_HOME where it is" >&2
  exit 2
fi

# The first run writes down how its classes look in memory, which makes the next ones several times as fast. What was written by another file
# than this one cannot be used, and is thrown away.
cache=${XDG_CACHE_HOME:-${HOME:-/nonexistent}/.cache}/kubectl-vnode
archive=$cache/$(ls -lLn "$0" | cksum | tr -cd 0-9).jsa
sharing=-Xshare:auto
if mkdir -p "$cache" 2>/dev/null && [ -w "$cache" ]; then
  sharing=-XX:+AutoCreateSharedArchive
  [ -e "$archive" ] || rm -f "$cache"/*.jsa
fi
exec "$java_home/bin/java" "$sharing" -XX:SharedArchiveFile="$archive" -Xlog:disable \
  -XX:+UseSerialGC -XX:TieredStopAtLevel=1 -Xmx512m --sun-misc-unsafe-memory-access=allow \
  -Dslf4j.internal.verbosity=ERROR -cp "$0" io.virtualnodes.plugin.KubectlVnode "$@"
exit 2
