"""Engines: request -> animated creature.

`dnf.py` is the generator, `hyperdiffusion/` and `voxels/` are what it is compared with,
`procedural.py` needs no weights.
"""

from pathlib import Path
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

from zoetrope.engines.base import Engine
from zoetrope.engines.weights.engine_name import engine_of_weights
from zoetrope.engines.weights.folders import FRAME_ENGINES, engine_folder, find_weights
from zoetrope.errors import ZoetropeError

if TYPE_CHECKING:
    from zoetrope.engines.animate.animator import MeshAnimator
    from zoetrope.engines.progress import OnProgress
    from zoetrope.engines.request import GenerateRequest
    from zoetrope.geometry.mesh_frames import MeshFrames

ENGINES = ("dnf", *FRAME_ENGINES, "procedural")


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
        own = engine_folder(weights, name) != weights
        if not own and weights == find_weights() and engine_of_weights(weights) == "dnf":
            raise ZoetropeError(
                "The weights of voxels do not ship.",
                code="weights_missing",
                remedy="Train them (docs/engines.md), and give their folder with --weights.",
            )
        from zoetrope.engines.voxels.engine import VoxelEngine

        return VoxelEngine(engine_folder(weights, name), device)
    from zoetrope.engines.dnf import DnfEngine

    return DnfEngine(weights, device)


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
