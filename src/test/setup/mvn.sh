#!/usr/bin/env bash
# Maven on a JDK 25, whatever the machine's default is: mvn.sh ARGUMENTS
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)

JAVA_HOME=$("$here/jdk.sh")
# Maven's own libraries reach into the JDK, which JDK 25 would announce on every start.
MAVEN_OPTS="--sun-misc-unsafe-memory-access=allow --enable-native-access=ALL-UNNAMED ${MAVEN_OPTS:-}"
export JAVA_HOME MAVEN_OPTS
exec mvn --batch-mode --no-transfer-progress "$@"
