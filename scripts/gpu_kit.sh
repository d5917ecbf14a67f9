#!/usr/bin/env bash
# Pack what a training run needs on a machine without a network into gpu_kit/ (ignored by git):
#
#   scripts/gpu_kit.sh [SHARED]
#
# creatures.tar.xz, wheels of the packages that a Python 3.12 with torch lacks, and train.sh, which unpacks both
# there and trains:  bash gpu_kit/train.sh RECIPE RUN_FOLDER [--minutes 9 ...]
set -euo pipefail
cd "$(dirname "$0")/.."
shared=$(realpath "${1:-../shared}")
kit=gpu_kit
rm -rf "$kit"
mkdir -p "$kit/wheels"
tar -C "$shared" -cJf "$kit/creatures.tar.xz" data
pip=.venvs/backend/bin/pip
"$pip" download --quiet --no-deps --only-binary=:all: --python-version 3.12 --platform manylinux_2_28_x86_64 \
    --platform manylinux2014_x86_64 --dest "$kit/wheels" libigl trimesh manifold3d msgspec uvunwrap
cat >"$kit/train.sh" <<'END'
#!/usr/bin/env bash
# Unpack once on this machine, then train; a later call with the same run folder resumes from its checkpoints.
set -euo pipefail
cd "$(dirname "$0")/.."
recipe=${1:?recipe} run=${2:?run folder}
python3 -c "import igl, trimesh, manifold3d, msgspec, uvunwrap" 2>/dev/null ||
    python3 -m pip install --quiet --no-index --no-deps --break-system-packages gpu_kit/wheels/*.whl
[ -d /tmp/shared/data ] || { mkdir -p /tmp/shared && tar -C /tmp/shared -xJf gpu_kit/creatures.tar.xz; }
PYTHONPATH=backend exec python3 -m zoetrope train --recipe "$recipe" --shared /tmp/shared --out "$run" --device cuda "${@:3}"
END
du -sh "$kit" "$kit"/*
