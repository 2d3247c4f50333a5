#!/usr/bin/env bash
# Prints the home of a JDK 25: JAVA_HOME if it is one, else the first under /usr/lib/jvm, else that of the javac on the PATH.
set -euo pipefail
# shellcheck source=src/test/setup/common.sh
source "$(dirname "$0")/common.sh"

VERSION=25

is_wanted() { [[ -x $1/bin/javac && $("$1/bin/javac" -version 2>&1) =~ ^javac\ $VERSION([.]|$) ]]; }

on_path=$(type -P javac || true)
if [[ -n $on_path ]]; then
  on_path=$(dirname "$(dirname "$(readlink -f "$on_path")")")
fi
for home in "${JAVA_HOME:-}" /usr/lib/jvm/*"$VERSION"* "$on_path"; do
  if [[ -n $home ]] && is_wanted "$home"; then
    say "$home"
    exit
  fi
done
fail "no JDK $VERSION was found: set JAVA_HOME to one, or install one under /usr/lib/jvm"
