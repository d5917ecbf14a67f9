#!/usr/bin/env bash
# The GUI test: the built zip in Debian's Blender, in its real window.
#
#   tests/gui/run.sh SUITE real|stand-in      what it saw is in build/gui/SUITE
#
# real: the backend of .venvs/backend, which runs in the chroot because the host's Python 3.11 is bound into it
# (Debian's own Pythons there are newer than torch's builds). stand-in: tests/addon/stand_in.py.
set -euo pipefail
cd "$(dirname "$0")/../.."
suite=$1 backend=$2
chroot=.chroots/$suite
out=$PWD/build/gui/$suite
archive=$PWD/dist/zoetrope-0.1.0.zip
[ -f "$archive" ] || { echo "gui: build the zip first: scripts/test.sh zip" >&2; exit 2; }
rm -rf "$out"
mkdir -p "$out"
binds=(--bind "$PWD")
python=/usr/bin/python3
if [ "$backend" = real ]; then
    python=$PWD/.venvs/backend/bin/python
    base=$("$python" -c 'import sys; print(sys.base_prefix)')
    if [ "$base" = /usr ]; then # the system's Python: beside Debian's newer one, not over it
        install -m 755 "$(realpath "$python")" "$chroot/usr/bin/"
        binds+=(--bind /usr/lib/python3.11)
    else
        binds+=(--bind "$base")
    fi
fi
exec bash tests/gui/blender-chroot run "$chroot" --gui "${binds[@]}" -- \
    bash tests/gui/inside.sh "$out" "$backend" "$python" "$archive"
