#!/usr/bin/env bash
# make test: everything that CI runs. Goes on after a failure and says at the end what failed.
#
#   scripts/test.sh [PART]...     parts: lint types backend zip addon-4.2 addon-4.5 addon-5.0 gui gui-sid
set -uo pipefail
cd "$(dirname "$0")/.."
[ $# -gt 0 ] && parts=("$@") || parts=(lint types backend zip addon-4.2 addon-4.5 addon-5.0 gui gui-sid)
export ZOETROPE_BACKEND_PYTHON="$PWD/.venvs/backend/bin/python"
backend=.venvs/backend/bin
passed=() failed=() skipped=()

lint() {
    "$backend/ruff" format --check -q . && "$backend/ruff" check -q .
}

types() {
    "$backend/mypy" --no-error-summary
}

backend_tests() {
    "$backend/python" -m pytest tests/backend tests/end_to_end/test_clips_against_blender.py
}

build_zip() { # twice: one commit, the same bytes
    scripts/environment.sh blender 4.5 &&
        "$backend/python" build_addon.py &&
        "$backend/python" build_addon.py --out build/again &&
        cmp dist/zoetrope-0.1.0.zip build/again/zoetrope-0.1.0.zip &&
        cmp dist/index.json build/again/index.json
}

addon() { # addon VERSION: in Blender as a module; the whole backend runs in 4.5 alone
    scripts/environment.sh blender "$1" || return
    local where=(tests/addon)
    [ "$1" != 4.5 ] || where+=(tests/end_to_end --ignore tests/end_to_end/test_clips_against_blender.py)
    ZOETROPE_ZIP="$PWD/dist/zoetrope-0.1.0.zip" ".venvs/blender-$1/bin/python" -m pytest "${where[@]}"
}

gui() { # gui SUITE BACKEND: in Blender's real window
    scripts/environment.sh gui "$1" || return 77
    bash tests/gui/run.sh "$1" "$2"
}

part() { # part NAME COMMAND...
    local name=$1 began=$SECONDS status
    shift
    echo "=== $name"
    "$@"; status=$?
    if [ $status = 0 ]; then passed+=("$name")
    elif [ $status = 77 ]; then skipped+=("$name")
    else failed+=("$name"); fi
    printf '=== %s: %s in %d s\n' "$name" \
        "$([ $status = 0 ] && echo passed || { [ $status = 77 ] && echo "could not be set up" || echo FAILED; })" \
        $((SECONDS - began))
}

part environment scripts/environment.sh backend
for name in "${parts[@]}"; do
    case $name in
        lint) part lint lint ;;
        types) part types types ;;
        backend) part backend backend_tests ;;
        zip) part zip build_zip ;;
        addon-*) part "$name" addon "${name#addon-}" ;;
        gui) part gui gui trixie real
            # Only Debian's unstable Blender may be impossible to set up.
            if [[ " ${skipped[*]-} " == *" gui "* ]]; then failed+=(gui); fi ;;
        gui-sid) part gui-sid gui sid stand-in ;;
        *) echo "there is no part $name" >&2; exit 2 ;;
    esac
done
echo "passed: ${passed[*]-}"
[ ${#skipped[@]} = 0 ] || echo "not set up: ${skipped[*]}"
[ ${#failed[@]} = 0 ] || echo "FAILED: ${failed[*]}"
echo "in $((SECONDS / 60)) min $((SECONDS % 60)) s"
echo "${#passed[@]} passed, ${#failed[@]} failed"
[ ${#failed[@]} = 0 ]
