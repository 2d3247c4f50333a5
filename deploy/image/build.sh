#!/usr/bin/env bash
# Builds the operator's image from target/quarkus-app, the JDK of this machine and, unless BASE names another system, its C library. No image
# is pulled unless BASE is one of a registry.
#
# build.sh IMAGE      BASE=scratch
set -euo pipefail
# shellcheck source=src/test/setup/common.sh
source "$(dirname "$0")/../../src/test/setup/common.sh"

IMAGE=$1
BASE=${BASE:-scratch}
HERE=$ROOT/deploy/image
APP=$ROOT/target/quarkus-app
CONTEXT=$ROOT/target/image
# Runs once, to be trained, and is removed.
UNTRAINED=$IMAGE-untrained
TRAINING=virtual-nodes-training-$$
PATIENCE=300 # seconds

java_image() {
  local modules
  modules=$(sed 's/#.*//; /^[[:space:]]*$/d' "$HERE/modules.txt" | paste --serial --delimiters ,)
  "$jdk/bin/jlink" --add-modules "$modules" --output "$CONTEXT/java" --strip-debug --no-header-files --no-man-pages --compress zip-0
}

# What the JVM is linked to, each at its place. The library of TLS, which the operator unpacks, needs nothing more.
system() {
  local libraries
  mkdir -p "$CONTEXT/system/etc"
  install --directory --mode 1777 "$CONTEXT/system/tmp"
  printf '%s\n' 'root:x:0:0:root:/:/bin/false' 'operator:x:10001:10001:operator:/tmp:/bin/false' >"$CONTEXT/system/etc/passwd"
  printf '%s\n' 'root:x:0:' 'operator:x:10001:' >"$CONTEXT/system/etc/group"
  echo 'hosts: files dns' >"$CONTEXT/system/etc/nsswitch.conf"
  mapfile -t libraries < <(find "$CONTEXT/java" -type f \( -name '*.so' -o -path '*/bin/java' \) -exec ldd {} + |
    sed -n 's#^.*[[:space:]]\(/[^ ]*\) (0x.*#\1#p' | { grep --invert-match "^$CONTEXT/" || true; } | sort --unique)
  (cd / && cp --dereference --parents "${libraries[@]}" "$CONTEXT/system")
}

# Again if need be: engines without BuildKit at times lose a layer between two steps ("layer does not exist") and find it the next time.
image() {
  local attempt log
  for attempt in 1 2 3; do
    log=$(docker build --quiet --build-arg "BASE=$BASE" --tag "$1" --file "$HERE/Dockerfile" "$CONTEXT" 2>&1) && return
    say "attempt $attempt: ${log##*$'\n'}"
  done
  fail "the image $1 could not be built: $log"
}

# The flags by which the Deployment has it run: a cache that was made with others is of no use.
flags() {
  awk '/name: JAVA_TOOL_OPTIONS/ { found = 1; next } found && /- name:/ { exit } found && !/value:/ { printf "%s ", $0 }' \
    "$ROOT/deploy/base/deployment.yaml" | tr --squeeze-repeats ' '
}

# The untrained image starts once, against an API server that is not there: the way of every start, up to the first request. The JVM writes
# what it learned when it is told to end.
train() {
  local flags deadline=$((SECONDS + PATIENCE))
  flags=$(flags)
  [[ $flags == *-XX:* ]] || fail "deploy/base/deployment.yaml has no flags of the JVM any more"
  image "$UNTRAINED"
  trap 'docker rm --force "$TRAINING" >/dev/null 2>&1 || true; docker rmi "$UNTRAINED" >/dev/null' EXIT
  docker run --detach --name "$TRAINING" --network none --env JAVA_TOOL_OPTIONS="$flags" --env KUBERNETES_MASTER=http://127.0.0.1:1 \
    --entrypoint /opt/java/bin/java "$UNTRAINED" -XX:AOTCacheOutput=/tmp/operator.aot -jar /opt/virtual-nodes/quarkus-run.jar >/dev/null
  until docker logs "$TRAINING" 2>&1 | grep --quiet 'started in'; do
    [[ $SECONDS -lt $deadline ]] || { docker logs "$TRAINING"; fail "the training run did not start within $PATIENCE seconds"; }
    sleep 1
  done
  docker stop --time "$PATIENCE" "$TRAINING" >/dev/null
  docker logs "$TRAINING" >"$CONTEXT/training.log" 2>&1
  docker cp "$TRAINING:/tmp/operator.aot" "$CONTEXT/cache/operator.aot" ||
    fail "the training run left no cache; $CONTEXT/training.log says why"
}

# A JVM that cannot use its cache says nothing and goes on without, unless it is told to take it ill.
check() {
  local log
  log=$(docker run --rm --network none --env JAVA_TOOL_OPTIONS="$(flags)" --entrypoint /opt/java/bin/java "$IMAGE" \
    -XX:AOTMode=on -XX:AOTCache=/opt/virtual-nodes/operator.aot -cp /opt/virtual-nodes/quarkus-run.jar -version 2>&1) ||
    fail "the image cannot use its cache with the Deployment's flags: $log"
}

[[ -f $APP/quarkus-run.jar ]] || fail "there is no $APP: run 'make package' first"
jdk=$("$ROOT/src/test/setup/jdk.sh")
say "building image $IMAGE"
rm -rf "$CONTEXT"
mkdir -p "$CONTEXT"/{system,lib,app,cache}
java_image
if [[ $BASE == scratch ]]; then
  system
fi
# The cache is good for these very files, times included.
cp --archive "$APP/lib" "$CONTEXT/lib/lib"
cp --archive "$APP/app" "$APP/quarkus" "$APP/quarkus-run.jar" "$CONTEXT/app/"
train
image "$IMAGE"
check
docker image inspect --format '{{.Size}}' "$IMAGE" | awk -v image="$IMAGE" '{ printf "built %s: %d MB\n", image, $1 / 1e6 }'
