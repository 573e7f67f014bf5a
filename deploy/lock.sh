#!/bin/sh
# Renew requirements.lock and requirements-dev.lock from pyproject.toml: every file by its hash, no address of a registry.
#
#   deploy/lock.sh [--upgrade]
#
# Pins that pyproject.toml still allows stay as they are unless --upgrade is given. The resolver lives in an environment
# that is thrown away afterwards: nothing else needs it.
set -eu

tools=$(mktemp -d)
trap 'rm -rf "$tools"' EXIT
VENV=$tools/venv deploy/environment.sh deploy/uv.lock

resolve() {
    "$tools/venv/bin/uv" pip compile --quiet --no-config --system-certs --python "$tools/venv/bin/python" --python-version 3.11 \
        --generate-hashes --no-emit-index-url --no-header "$@"
}

resolve pyproject.toml "$@" --output-file requirements.lock
resolve pyproject.toml "$@" --group test --group lint --group docs --constraint requirements.lock --output-file requirements-dev.lock
echo uv | resolve - "$@" --output-file deploy/uv.lock
