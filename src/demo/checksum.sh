#!/bin/sh
# What each pod of the demo runs, in busybox's shell: takes one image that nobody has taken and writes its checksum.
set -eu
cd /share
for image in images/*; do
  name=$(basename "$image")
  # Of all that try, one makes the folder.
  if mkdir "taken/$name" 2>/dev/null; then
    sha256sum "$image" >"taken/$name/sum"
    mv "taken/$name/sum" "sums/$name"
    echo "$name: $(cat "sums/$name")"
    exit 0
  fi
done
echo "no image is left to take" >&2
exit 1
