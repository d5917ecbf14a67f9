#!/usr/bin/env bash
# Runs in the chroot, with a display: Blender's window, driven by driver.py.
set -euo pipefail
/usr/sbin/ldconfig # the bound Python may bring a shared library
echo "gui: tests/addon in this Blender, without its window"
ZOETROPE_ZIP=$4 timeout 900 blender --background --python scripts/pytest_in_blender.py -- -p no:cacheprovider \
    tests/addon >"$1/addon.log" 2>&1 || { tail -n 60 "$1/addon.log"; exit 1; }
tail -n 1 "$1/addon.log"
export BLENDER_USER_RESOURCES=/tmp/blender
status=0
timeout 900 blender --factory-startup --window-geometry 0 0 1280 800 --python-exit-code 1 \
    --python tests/gui/driver.py -- "$@" >"$1/blender.log" 2>&1 || status=$?
grep -E '^gui: ' "$1/blender.log" || true
[ $status = 0 ] || { echo "gui: failed (status $status); the end of $1/blender.log:"; tail -n 40 "$1/blender.log"; }
exit $status
