#!/usr/bin/env bash
# Sets up what the project runs in, each part once; can be run again at any time, also twice at once.
#
#   scripts/environment.sh backend            .venvs/backend: torch and the package, editable, with its tools
#   scripts/environment.sh blender 4.5        .venvs/blender-4.5: Blender as a Python module (4.2, 4.5, 5.0)
#   scripts/environment.sh browser            headless Chromium, which plays exported .glb files
#   scripts/environment.sh gui trixie         .chroots/trixie: Debian's Blender with its window (needs root)
set -euo pipefail
cd "$(dirname "$0")/.."

# What `import bpy` and its renderers load, on a machine without a desktop (Debian's names).
libraries=(libgl1 libgomp1 libice6 libsm6 libx11-6 libxext6 libxfixes3 libxi6 libxkbcommon0 libxrender1
    libxxf86vm1 libegl1)

die() { echo "environment: $*" >&2; exit 2; }

locked() { # locked NAME: the rest of this script alone, whoever else sets up the same part
    mkdir -p .venvs
    command -v flock >/dev/null || return 0
    exec 8>".venvs/$1.lock"
    flock 8
}

apt_install() { # apt_install PACKAGE...: as root, else say what is missing
    command -v dpkg-query >/dev/null || return 0
    local missing=() package log=.venvs/apt.log
    for package in "$@"; do
        dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q 'ok installed' || missing+=("$package")
    done
    [ ${#missing[@]} -gt 0 ] || return 0
    [ "$(id -u)" = 0 ] || die "install these packages first: apt-get install ${missing[*]}"
    (
        flock 9
        apt-get -q update >"$log" 2>&1 || true # a mirror of no interest here may be away
        DEBIAN_FRONTEND=noninteractive \
            apt-get -q -y --no-install-recommends install "${missing[@]}" >>"$log" 2>&1
    ) 9>.venvs/apt.lock || { tail -n 20 "$log" >&2; die "apt-get could not install ${missing[*]}"; }
}

python311() { # the Python 3.11 that makes the environments
    local python
    for python in python3.11 python3; do
        if "$python" -c 'import sys; sys.exit(sys.version_info[:2] != (3, 11))' 2>/dev/null; then
            "$python" -c 'import ensurepip, venv' 2>/dev/null || apt_install python3.11-venv
            command -v "$python"
            return
        fi
    done
    die "Python 3.11 is needed and was not found"
}

of_another_place() { # of_another_place DIR: the other directory, still there, that DIR was made for, if any
    local place
    place=$(cat "$1/.place" 2>/dev/null || sed 's/ [^ ]*$//' "$1/.complete" 2>/dev/null) || return 0
    [ "$place" = "$PWD" ] || [ ! -d "$place" ] || echo "$place"
}

fresh_venv() { # fresh_venv DIR: an empty environment in DIR
    local python place
    # A copy of the repository must not replace the environment that the original works with.
    [ ! -L .venvs ] || die ".venvs is a symbolic link to $(readlink .venvs): remove the link first"
    place=$(of_another_place "$1")
    [ -z "$place" ] || die "$1 was made for $place: remove it first if nothing works with it"
    python=$(python311)
    echo "environment: making $1"
    rm -rf "$1"
    "$python" -m venv "$1"
}

install() { # install DIR ARG...: pip, showing its errors alone
    local dir=$1
    shift
    "$dir/bin/python" -m pip --disable-pip-version-check install -q "$@" 2>.venvs/pip.log ||
        { cat .venvs/pip.log >&2; die "pip could not install $*"; }
}

torch() { # torch DIR: torch 2.13.0; where pip would take the gigabytes of CUDA for no GPU, the CPU's build
    local dir=$1 index=()
    "$dir/bin/python" -m pip --disable-pip-version-check install -q --dry-run --no-deps \
        --report .venvs/torch.json torch==2.13.0 2>.venvs/pip.log || true
    if ! command -v nvidia-smi >/dev/null && grep -qE '"(nvidia-|cuda-)[a-z]' .venvs/torch.json 2>/dev/null; then
        index=(--extra-index-url https://download.pytorch.org/whl/cpu)
    fi
    install "$dir" ${index[@]+"${index[@]}"} torch==2.13.0
}

backend() {
    local dir=.venvs/backend stamp
    locked backend
    # Another place: its scripts name the old one. Another pyproject.toml: only what is new is installed.
    if [ "$(cat "$dir/.place" 2>/dev/null)" != "$PWD" ]; then
        fresh_venv "$dir"
        torch "$dir"
        install "$dir" 'setuptools>=77' wheel
        echo "$PWD" >"$dir/.place"
    fi
    stamp=$(cksum <pyproject.toml)
    [ "$(cat "$dir/.complete" 2>/dev/null)" != "$stamp" ] || return 0
    echo "environment: the backend and its tools into $dir"
    install "$dir" -e '.[dev]'
    echo "$stamp" >"$dir/.complete"
}

blender() { # blender SERIES
    local dir=.venvs/blender-$1 version stamp
    case $1 in
        4.2) version=4.2.23 ;;
        4.5) version=4.5.15 ;;
        5.0) version=5.0.1 ;;
        *) die "there is no Blender $1 here: 4.2, 4.5 or 5.0" ;;
    esac
    locked "blender-$1"
    apt_install "${libraries[@]}"
    stamp="$PWD $version"
    [ "$(cat "$dir/.complete" 2>/dev/null)" != "$stamp" ] || return 0
    fresh_venv "$dir"
    install "$dir" "bpy==$version" pytest
    "$dir/bin/python" -c 'import bpy' >.venvs/bpy.log 2>&1 ||
        die "Blender $version does not start: $(tail -n 1 .venvs/bpy.log) (Debian's packages: ${libraries[*]})"
    echo "$stamp" >"$dir/.complete"
}

browser() {
    locked browser
    apt_install chromium-headless-shell
}

gui() { # gui SUITE
    local log=.chroots/$1.log
    [ "$(id -u)" = 0 ] || die "Blender's window in a chroot needs root: run make test as root to test it"
    locked "gui-$1"
    apt_install debootstrap
    mkdir -p .chroots
    bash tests/gui/blender-chroot setup "$1" ".chroots/$1" >"$log" 2>&1 ||
        { tail -n 20 "$log" >&2; die "the chroot of Debian $1 could not be set up"; }
}

case ${1:-} in
    backend) backend ;;
    blender) blender "${2:?which version?}" ;;
    browser) browser ;;
    gui) gui "${2:?which suite?}" ;;
    *) sed -n '2,8p' "$0"; exit 2 ;;
esac
