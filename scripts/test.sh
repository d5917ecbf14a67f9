#!/usr/bin/env bash
# make test: everything that CI runs. Goes on after a failure and says at the end what failed.
#
#   scripts/test.sh [PART]...     parts: lint types backend gltf zip addon-4.2 addon-4.5 addon-5.0 gui gui-sid
set -uo pipefail
cd "$(dirname "$0")/.." || exit
[ $# -gt 0 ] || set -- lint types backend gltf zip addon-4.2 addon-4.5 addon-5.0 gui gui-sid
python=.venvs/backend/bin/python
export ZOETROPE_BACKEND_PYTHON="$PWD/$python"
# One thread each: two cores are shared with what is set up meanwhile.
export OMP_NUM_THREADS=${OMP_NUM_THREADS:-2}
table=() failures=() passed=0 failed=0 skipped=0

lint() {
    "$python" -m ruff format --check . && "$python" -m ruff check . &&
        .venvs/backend/bin/shellcheck scripts/*.sh tests/gui/*.sh tests/gui/blender-chroot .ci/run
}

types() {
    "$python" -m mypy
}

backend_tests() { # one of them asks Blender; two workers of one thread each
    scripts/environment.sh blender 4.5 &&
        OMP_NUM_THREADS=1 "$python" -m pytest -n 2 --dist loadfile --durations=25 tests/backend tests/studies tests/addon_core
}

gltf() { # our files for Khronos' validator and three.js, which npm brings; three.js plays in Chromium
    command -v npm >/dev/null || { echo "npm is not installed: exported files are not validated."; return 77; }
    [ "$(id -u)" != 0 ] || scripts/environment.sh browser || return
    "$python" -m pytest tests/gltf
}

zip() { # twice: one commit, the same bytes
    scripts/environment.sh blender 4.5 &&
        "$python" build_addon.py &&
        "$python" build_addon.py --out build/again &&
        cmp dist/zoetrope-0.1.0.zip build/again/zoetrope-0.1.0.zip &&
        cmp dist/index.json build/again/index.json &&
        echo "two builds are equal byte for byte"
}

in_blender() { # in_blender SERIES TESTS
    ZOETROPE_ZIP="$PWD/dist/zoetrope-0.1.0.zip" ".venvs/blender-$1/bin/python" scripts/pytest_in_blender.py "$2"
}

addon() { # addon SERIES: in Blender as a module; the whole backend runs in 4.5 alone
    scripts/environment.sh blender "$1" && in_blender "$1" tests/addon || return
    [ "$1" != 4.5 ] || in_blender "$1" tests/end_to_end
}

gui() { # gui SUITE BACKEND: in Blender's real window
    if [ "$(id -u)" != 0 ]; then
        echo "Blender's window is tested in a chroot, which needs root: run make test as root to test it too."
        return 77
    fi
    # What unstable holds changes by the day: where it cannot be set up, that is said, and is no failure.
    scripts/environment.sh gui "$1" || { [ "$1" = sid ] && return 77; return 1; }
    bash tests/gui/run.sh "$1" "$2"
}

set_up_ahead() { # set_up_ahead PART...: what these parts need, while the first ones run; they wait for its locks
    local name
    for name in "$@"; do
        case $name in
            backend | zip) nice -n 5 scripts/environment.sh blender 4.5 ;;
            addon-*) nice -n 5 scripts/environment.sh blender "${name#addon-}" ;;
            gui) [ "$(id -u)" != 0 ] || nice -n 5 scripts/environment.sh gui trixie ;;
            gui-sid) [ "$(id -u)" != 0 ] || nice -n 5 scripts/environment.sh gui sid ;;
        esac
    done
} >build/set-up.log 2>&1

part() { # part NAME COMMAND...
    local name=$1 began=$SECONDS status word
    shift
    echo "=== $name"
    "$@" 2>&1 | tee "build/test-$name.log"
    status=${PIPESTATUS[0]}
    case $status in
        0) word=passed passed=$((passed + 1)) ;;
        77) word='could not run here' skipped=$((skipped + 1)) ;;
        *) word=FAILED failed=$((failed + 1)) failures+=("$name") ;;
    esac
    table+=("$(printf '%-12s %5d s  %s' "$name" $((SECONDS - began)) "$word")")
    echo "=== $name: $word in $((SECONDS - began)) s"
    echo
}

mkdir -p build
part environment scripts/environment.sh backend
if [ $failed = 0 ]; then
    set_up_ahead "$@" &
    for name in "$@"; do
        case $name in
            lint) part lint lint ;;
            types) part types types ;;
            backend) part backend backend_tests ;;
            gltf) part gltf gltf ;;
            zip) part zip zip ;;
            addon-*) part "$name" addon "${name#addon-}" ;;
            gui) part gui gui trixie real ;;
            gui-sid) part gui-sid gui sid stand-in ;;
            *) echo "there is no part $name" >&2; exit 2 ;;
        esac
    done
fi
for name in ${failures[@]+"${failures[@]}"}; do # once more: a long log is read from its end
    echo "=== the end of $name, which failed"
    tail -n 25 "build/test-$name.log"
    echo
done
printf '%s\n' "${table[@]}"
echo "in $((SECONDS / 60)) min $((SECONDS % 60)) s: $passed passed, $failed failed, $skipped could not run here"
[ $failed = 0 ]
