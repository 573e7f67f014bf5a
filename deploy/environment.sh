#!/bin/sh
# Make the virtual environment and keep it in step with a lock file.
#
#   deploy/environment.sh requirements.lock | requirements-dev.lock
#
# VENV says where the environment lives (.venv), PYTHON which interpreter makes it (the first Python 3.11 that can).
# An environment that already agrees with the lock is left alone, so this costs nothing the second time.
set -eu

lock=$1
venv=${VENV:-.venv}
stamp=$venv/installed-$(basename "$lock")

say() { printf 'posthouse: %s\n' "$1" >&2; }
stop() { say "$1"; exit 1; }

# The caller's own Python settings have no business in here.
unset PYTHONHOME PYTHONPATH PIP_TARGET PIP_PREFIX
export PIP_USER=0 PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_INPUT=1

is_right() { "$1" -c 'import sys; sys.exit(sys.version_info[:2] != (3, 11))' >/dev/null 2>&1; }
is_able() { "$1" -c 'import ensurepip, sqlite3, ssl, venv' >/dev/null 2>&1; }
is_agreed() { cmp -s "$lock" "$stamp" && is_right "$venv/bin/python"; }
has_pip() { is_right "$venv/bin/python" && "$venv/bin/python" -m pip --version >/dev/null 2>&1; }

find_python() {
    unable=
    for python in ${PYTHON:-python3.11 /usr/bin/python3.11 python3 /usr/bin/python3 python}; do
        is_right "$python" || continue
        is_able "$python" && return
        unable=$python
    done
    [ -z "$unable" ] || stop "$unable cannot make virtual environments; install Debian's package python3-venv."
    stop "Python 3.11 is needed and ${PYTHON:-python3.11} is not it; install Debian's packages python3.11 and python3-venv."
}

make_environment() {
    if [ -e "$venv" ] && [ ! -e "$venv/pyvenv.cfg" ] && [ -n "$(ls -A "$venv" 2>&1)" ]; then
        stop "$venv is in the way and is no virtual environment; move it, or name another place with VENV=/some/folder."
    fi
    mkdir -p "$venv" 2>/dev/null && [ -w "$venv" ] ||
        stop "$(realpath -m "$venv/..") cannot be written by $(id -un); choose a place for the environment with VENV=/some/folder."
    find_python
    say "making $venv with $("$python" --version)"
    "$python" -m venv --clear "$venv" || stop "$python could not make $venv; what it says is above."
}

install_lock() {
    [ -w "$venv" ] || stop "$venv cannot be written by $(id -un) and is behind $lock; name another place with VENV=/some/folder."
    say "installing $lock into $venv (about a minute the first time)"
    rm -f "$venv"/installed-*
    "$venv/bin/python" -m pip install --quiet --quiet --require-hashes --requirement "$lock" ||
        stop "the packages of $lock could not be installed; what pip says is above."
    cp "$lock" "$stamp"
    # The development lock holds the runtime lock whole.
    [ "$(basename "$lock")" != requirements-dev.lock ] || cp requirements.lock "$venv/installed-requirements.lock"
}

[ -r "$lock" ] || stop "$lock is missing; run this at the top of the checkout."
is_agreed && exit
has_pip || make_environment
install_lock
