#!/usr/bin/env bash
# image.sh NAME: builds the container image with the first of docker, podman and buildah that works here.
# Further arguments go to the builder, such as --pull=never.
set -euo pipefail
cd "$(dirname "$0")/.."
name=${1:?usage: scripts/image.sh NAME [builder options]}
shift

if docker info >/dev/null 2>&1; then
	exec docker build --tag "$name" "$@" .
elif command -v podman >/dev/null; then
	exec podman build --format docker --tag "$name" "$@" .
elif command -v buildah >/dev/null; then
	exec buildah build --format docker --tag "$name" "$@" .
fi
echo "No docker, podman or buildah works here, so no image was built." >&2
exit 1
