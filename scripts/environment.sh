#!/usr/bin/env bash
# Sets up what the project runs in, each part once; can be run again at any time.
#
#   scripts/environment.sh backend            .venvs/backend: torch and the package, editable, with its tools
#   scripts/environment.sh blender 4.5        .venvs/blender-4.5: Blender as a Python module (4.2, 4.5, 5.0)
#   scripts/environment.sh gui trixie         .chroots/trixie: Debian's Blender with its window (needs root)
set -euo pipefail
cd "$(dirname "$0")/.."

declare -A bpy=([4.2]=4.2.23 [4.5]=4.5.15 [5.0]=5.0.1)
# What `import bpy` and its renderers load, on a machine without a desktop.
libraries=(libgl1 libgomp1 libice6 libsm6 libx11-6 libxext6 libxfixes3 libxi6 libxkbcommon0 libxrender1
    libxxf86vm1 libegl1)

die() { echo "environment: $*" >&2; exit 2; }

apt_install() { # apt_install PACKAGE...: as root, else say what is missing
    local missing=() package
    for package in "$@"; do
        dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q 'ok installed' || missing+=("$package")
    done
    [ ${#missing[@]} -gt 0 ] || return 0
    [ "$(id -u)" = 0 ] || die "install these system packages first: ${missing[*]}"
    (
        flock 9
        apt-get -q update >/dev/null
        DEBIAN_FRONTEND=noninteractive apt-get -q -y --no-install-recommends install "${missing[@]}" >/dev/null
    ) 9>/tmp/zoetrope-apt.lock
}

python311() { # the Python 3.11 that makes the environments
    local python
    for python in python3.11 python3; do
        if command -v "$python" >/dev/null && "$python" -c 'import sys; sys.exit(sys.version_info[:2] != (3, 11))'
        then command -v "$python"; return; fi
    done
    die "Python 3.11 is needed and was not found"
}

venv() { # venv DIR STAMP: a fresh environment in DIR unless its stamp says it is complete
    [ "$(cat "$1/.complete" 2>/dev/null)" != "$2" ] || return 1
    echo "environment: making $1"
    rm -rf "$1"
    "$(python311)" -m venv "$1"
}

backend() {
    local stamp; stamp="$PWD $(cksum <pyproject.toml)"
    venv .venvs/backend "$stamp" || return 0
    # Exactly this version: where a CPU build is at hand pip takes it; other spellings pull the newest CUDA.
    .venvs/backend/bin/python -m pip install -q torch==2.13.0
    .venvs/backend/bin/python -m pip install -q 'setuptools>=69' wheel
    .venvs/backend/bin/python -m pip install -q -e '.[dev]'
    echo "$stamp" >.venvs/backend/.complete
}

blender() {
    local version=${bpy[$1]:?} stamp
    stamp="$PWD $version"
    if command -v dpkg-query >/dev/null; then apt_install "${libraries[@]}"; fi
    venv ".venvs/blender-$1" "$stamp" || return 0
    ".venvs/blender-$1/bin/python" -m pip install -q "bpy==$version" pytest
    echo "$stamp" >".venvs/blender-$1/.complete"
}

gui() {
    [ "$(id -u)" = 0 ] || die "Blender's window in a chroot needs root"
    apt_install debootstrap
    mkdir -p .chroots
    bash tests/gui/blender-chroot setup "$1" ".chroots/$1"
}

case ${1:-} in
    backend) backend ;;
    blender) blender "${2:?which version?}" ;;
    gui) gui "${2:?which suite?}" ;;
    *) sed -n '2,7p' "$0"; exit 2 ;;
esac
