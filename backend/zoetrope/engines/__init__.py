"""Engines: request -> animated creature.

`dnf.py` is the generator, `hyperdiffusion/` and `voxels/` are what it is compared with,
`procedural.py` needs no weights.
"""

from pathlib import Path
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

from zoetrope.engines.base import Engine
from zoetrope.errors import ZoetropeError

if TYPE_CHECKING:
    from zoetrope.engines.animate.animator import MeshAnimator
    from zoetrope.engines.progress import OnProgress
    from zoetrope.engines.request import GenerateRequest
    from zoetrope.geometry.mesh_frames import MeshFrames

ENGINES = ("dnf", "hyperdiffusion", "voxels", "procedural")


def create_engine(name: str, weights: Path | None, device: str = "auto") -> Engine:
    """Return the engine of a name; torch is imported only by engines that need it.

    Raises
    ------
    ZoetropeError
        Code "bad_option": unknown engine; "weights_missing": it needs weights and none are given.
    """
    if name == "procedural":
        from zoetrope.engines.procedural import ProceduralEngine

        return ProceduralEngine()
    if name not in ENGINES:
        raise ZoetropeError(
            f"There is no engine {name!r}.", code="bad_option", remedy=f"Choose one of {', '.join(ENGINES)}."
        )
    if weights is None:
        raise ZoetropeError(
            "There are no weights.",
            code="weights_missing",
            remedy="Give their folder with --weights, or set ZOETROPE_WEIGHTS.",
        )
    if name == "hyperdiffusion":
        from zoetrope.engines.hyperdiffusion.engine import HyperDiffusionEngine

        return HyperDiffusionEngine(engine_folder(weights, name), device)
    if name == "voxels":
        from zoetrope.engines.voxels.engine import VoxelEngine

        return VoxelEngine(engine_folder(weights, name), device)
    from zoetrope.engines.dnf import DnfEngine

    return DnfEngine(weights, device)


def further_engines(weights: Path | None) -> tuple[str, ...]:
    """Return the engines beside dnf whose weights lie in those of dnf."""
    if weights is None:
        return ()
    others = ("hyperdiffusion", "voxels")
    return tuple(name for name in others if (weights / name / "checksums").is_file())


def engine_folder(weights: Path, engine: str) -> Path:
    """Return the folder of an engine's weights: of its name in those of dnf, or the given one itself."""
    inside = weights / engine
    return inside if inside.is_dir() else weights


def generate_mesh_frames(
    engine: Engine, request: "GenerateRequest", on_progress: "OnProgress"
) -> "MeshFrames":
    """Generate a clip as a mesh of its own a frame.

    Raises
    ------
    ZoetropeError
        As `FrameEngine.generate_frames`; code "bad_option": the engine's topology is constant.
    """
    from zoetrope.engines.frames.engine import FrameEngine

    if not isinstance(engine, FrameEngine):
        raise ZoetropeError(
            f"The engine {engine.info().engine} moves one mesh: it has no mesh frames.",
            code="bad_option",
            remedy="Choose shape keys or an armature, or the engine hyperdiffusion.",
        )
    return engine.generate_frames(request, on_progress)


_animators: "WeakKeyDictionary[Engine, MeshAnimator]" = WeakKeyDictionary()


def create_animator(engine: Engine) -> "MeshAnimator":
    """Return the animator of meshes that belongs to an engine; the same one at each call.

    Raises
    ------
    ZoetropeError
        Code "bad_option": the engine has no donors.
    """
    from zoetrope.engines.animate.animator import MeshAnimator
    from zoetrope.engines.dnf import DnfEngine

    if not isinstance(engine, DnfEngine):
        raise ZoetropeError(
            "This engine cannot animate meshes.", code="bad_option", remedy="Use the engine dnf."
        )
    return _animators.setdefault(engine, MeshAnimator(engine))


def find_weights() -> Path | None:
    """Return the folder of the weights: ZOETROPE_WEIGHTS, else the repository's or the wheel's `weights`."""
    import os

    if os.environ.get("ZOETROPE_WEIGHTS"):
        return Path(os.environ["ZOETROPE_WEIGHTS"])
    package = Path(__file__).resolve().parents[1]
    for folder in (package.parents[1] / "weights", package / "weights"):
        if (folder / "checksums").is_file():
            return folder
    return None
