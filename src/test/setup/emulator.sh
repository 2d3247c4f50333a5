#!/usr/bin/env bash
# An emulated cloud, until it is told to end: emulator.sh arm|ecs [--port N] [--containers docker|simulated] [--record FILE]
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../../.." && pwd)
cloud=$1
shift

"$here/mvn.sh" --quiet --file "$root/pom.xml" test-compile org.apache.maven.plugins:maven-dependency-plugin:3.9.0:build-classpath \
  -Dmdep.outputFile="$root/target/test.classpath"
exec "$("$here/jdk.sh")/bin/java" --sun-misc-unsafe-memory-access=allow --enable-native-access=ALL-UNNAMED \
  -Djava.util.logging.manager=org.jboss.logmanager.LogManager \
  -cp "$root/target/test-classes:$root/target/classes:$(<"$root/target/test.classpath")" \
  "io.virtualnodes.emulator.$cloud.EmulatorProgram" "$@"
