#!/usr/bin/env bash
# make screenshot: docs/images/panel.png, from the GUI test's own run.
set -euo pipefail
cd "$(dirname "$0")/.."
BLENDER_ZOETROPE_DETAIL=128 scripts/test.sh zip gui
mkdir -p docs/images
cp build/gui/trixie/creature.png docs/images/panel.png
echo "$PWD/docs/images/panel.png"
