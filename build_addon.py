"""Builds dist/zoetrope-X.Y.Z.zip (extension, backend wheel, weights) and the extension repository's index.

    python build_addon.py [--out dist]

Two builds of one commit with the same setuptools are equal byte for byte: entries are sorted, their times are
the commit's, their permissions fixed, and the wheel is packed anew under the same rules.
"""

import argparse
import hashlib
import importlib.metadata
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
import zipfile
from pathlib import Path

try:
    import tomllib
except ModuleNotFoundError:
    sys.exit(f"build_addon.py needs Python 3.11 or newer; {sys.executable} is older.")

ROOT = Path(__file__).resolve().parent
ADDON = ROOT / "blender_addon"
SKIPPED = {"__pycache__"}
SETUPTOOLS = 77
"""The first version that reads the licence in pyproject.toml (PEP 639)."""
TRAINING_TOKENS = "training_tokens.npz"
"""In the folder of weights, for training and evaluation alone."""


def commit_time() -> int:
    """Seconds of the commit (SOURCE_DATE_EPOCH where it is set, as in reproducible builds)."""
    if "SOURCE_DATE_EPOCH" in os.environ:
        return int(os.environ["SOURCE_DATE_EPOCH"])
    done = subprocess.run(
        ["git", "log", "-1", "--format=%ct"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    return int(done.stdout) if done.returncode == 0 and done.stdout.strip() else 1_600_000_000


def pack(target: Path, entries: dict[str, bytes], seconds: int) -> None:
    """Write a zip of name -> content whose bytes depend on nothing else."""
    stamp = time.gmtime(max(seconds, 315_532_800))[:6]
    part = target.with_name(target.name + ".part")
    with zipfile.ZipFile(part, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as archive:
        for name in sorted(entries):
            info = zipfile.ZipInfo(name, stamp)
            info.external_attr = 0o100644 << 16
            info.create_system = 3
            info.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(info, entries[name])
    os.replace(part, target)


def build_wheel(seconds: int) -> tuple[str, bytes]:
    """The backend's wheel: file name and bytes."""
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder) / "source"
        source.mkdir()
        # A copy, so that leftovers of an earlier build cannot get in.
        shutil.copytree(ROOT / "backend", source / "backend", ignore=_ignored)
        for name in ("pyproject.toml", "README.md", "LICENSE"):
            if (ROOT / name).is_file():
                shutil.copy(ROOT / name, source)
        run_pip_wheel(source, Path(folder), {**os.environ, "SOURCE_DATE_EPOCH": str(seconds)})
        (wheel,) = Path(folder).glob("zoetrope-*.whl")
        with zipfile.ZipFile(wheel) as archive:
            entries = {name: archive.read(name) for name in archive.namelist() if not name.endswith("/")}
        packed = Path(folder) / "packed"
        pack(packed, entries, seconds)
        return wheel.name, packed.read_bytes()


def run_pip_wheel(source: Path, folder: Path, environment: dict[str, str]) -> None:
    """Build a wheel with this Python's setuptools, or where that is too old with one that pip downloads."""
    command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--disable-pip-version-check"]
    if own_setuptools() >= SETUPTOOLS:
        command += ["--no-build-isolation"]
    else:
        command += ["--retries", "1", "--timeout", "15"]
    done = subprocess.run(
        [*command, "--wheel-dir", str(folder), str(source)],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode == 0:
        return
    log = ROOT / "build" / "wheel.log"
    log.parent.mkdir(exist_ok=True)
    log.write_text(done.stdout + done.stderr, encoding="utf-8")
    raise SystemExit(
        f"The backend's wheel could not be built with {sys.executable} (see {log}): it needs pip and "
        f"setuptools {SETUPTOOLS} or newer, or a network. Run scripts/environment.sh backend, then "
        ".venvs/backend/bin/python build_addon.py."
    )


def own_setuptools() -> int:
    """Return the major version of this Python's setuptools, 0 without one."""
    try:
        return int(importlib.metadata.version("setuptools").partition(".")[0])
    except (importlib.metadata.PackageNotFoundError, ValueError):
        return 0


def _ignored(_folder: str, names: list[str]) -> set[str]:
    return {name for name in names if name in SKIPPED or name.endswith((".egg-info", ".pyc"))}


def addon_entries() -> dict[str, bytes]:
    """Files of the extension itself, and the licence."""
    paths = [p for p in ADDON.rglob("*") if p.is_file() and not SKIPPED & set(p.relative_to(ADDON).parts)]
    entries = {p.relative_to(ADDON).as_posix(): p.read_bytes() for p in paths if p.suffix != ".pyc"}
    entries["LICENSE"] = (ROOT / "LICENSE").read_bytes()
    return entries


def weight_entries() -> dict[str, bytes]:
    """The weights with their checksums, card and pictures of donors; nothing where the checkout has none."""
    weights = ROOT / "weights"
    paths = [p for p in sorted(weights.rglob("*")) if p.is_file() and p.name != TRAINING_TOKENS]
    return {f"weights/{p.relative_to(weights).as_posix()}": p.read_bytes() for p in paths}


def repository_index(archive: Path, manifest: dict[str, object]) -> str:
    """The index of a static extension repository (format v1, as `extension server-generate` writes it)."""
    keys = (
        *("id", "schema_version", "name", "version", "tagline", "type", "license", "blender_version_min"),
        *("maintainer", "tags", "permissions", "copyright"),
    )
    data = archive.read_bytes()
    entry: dict[str, object] = {key: manifest[key] for key in keys if key in manifest}
    entry["archive_url"] = f"./{archive.name}"
    entry["archive_size"] = len(data)
    entry["archive_hash"] = f"sha256:{hashlib.sha256(data).hexdigest()}"
    return json.dumps({"version": "v1", "blocklist": [], "data": [entry]}, indent=2, sort_keys=True) + "\n"


def build(out: Path) -> Path:
    """Build everything into a folder; returns the zip."""
    manifest = tomllib.loads((ADDON / "blender_manifest.toml").read_text(encoding="utf-8"))
    seconds = commit_time()
    name, wheel = build_wheel(seconds)
    out.mkdir(parents=True, exist_ok=True)
    archive = out / f"{manifest['id']}-{manifest['version']}.zip"
    pack(archive, {**addon_entries(), f"backend_wheel/{name}": wheel, **weight_entries()}, seconds)
    (out / "index.json").write_text(repository_index(archive, manifest), encoding="utf-8")
    return archive


def validator() -> Path | None:
    """Blender's own validator in one of the project's Blender environments; it runs without Blender."""
    found = sorted(
        ROOT.glob(".venvs/blender-*/lib/python*/site-packages/bpy/*/scripts/addons_core/bl_pkg/cli")
    )
    return found[-1] / "blender_ext.py" if found else None


def main() -> int:
    """Build, then validate where Blender's validator is at hand."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--out", type=Path, default=ROOT / "dist", help="folder to write to")
    archive = build(parser.parse_args().out)
    print(f"{archive}: {archive.stat().st_size / 1e6:.1f} MB")
    script = validator()
    if script is None:
        print("not validated: no Blender environment here (make test sets one up)")
        return 0
    return subprocess.run([sys.executable, "-I", str(script), "validate", str(archive)]).returncode


if __name__ == "__main__":
    sys.exit(main())
