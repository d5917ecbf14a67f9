"""The work of `analyse_mesh` and `animate`: the mesh from its file, the animation into the result file."""

from pathlib import Path

import numpy as np

from zoetrope.damaged_files import DAMAGED_NPZ
from zoetrope.engines import create_animator
from zoetrope.engines.animate.request import AnimatedMesh, AnimateRequest, OwnRig
from zoetrope.engines.animate.result_file import save_animation
from zoetrope.engines.base import Engine
from zoetrope.errors import ZoetropeError
from zoetrope.service import requests, results
from zoetrope.service.jobs import Job, check_job_folder

MESH = "mesh.npz"
ANALYSE_SHARES = {"load": 0.1, "intake": 0.2, "recognise": 0.7}
ANIMATE_SHARES = {
    "load": 0.05,
    "intake": 0.1,
    "recognise": 0.25,
    "register": 0.2,
    "motion": 0.2,
    "skeleton": 0.07,
    "retarget": 0.1,
    "write": 0.03,
}
"""Share of each stage in the overall fraction, measured on the six meshes of `benchmarks/`, one action."""


def analyse(engine: Engine, params: requests.AnalyseMesh, job: Job) -> results.AnalyseMeshResult:
    """Guess what a mesh is."""
    vertices, faces, _ = read_mesh(Path(params.job_folder))
    animator = create_animator(engine)
    job.on_progress("load", 1, 1)
    analysis = animator.analyse(vertices, faces, params.category or "", params.facing, job.on_progress)
    recognition, target, donors = analysis.recognition, analysis.target, animator.donors()
    best = recognition.matches[0]
    seen = {match.name: match for match in reversed(recognition.matches)}
    matches = sorted(seen.values(), key=lambda match: match.cost)
    return results.AnalyseMeshResult(
        category=best.category,
        facing=best.facing,
        confidence=round(recognition.confidence, 3),
        ask=analysis.ask,
        categories=[results.CategoryScore(name, round(cost, 4)) for name, cost in analysis.categories],
        donors=[
            results.DonorMatch(one.name, donors[one.name].title, round(one.cost, 4), round(one.distortion, 4))
            for one in matches
        ],
        vertices=len(target.vertices),
        faces=len(target.faces),
        parts=int(target.parts.max()) + 1,
        warnings=analysis.warnings,
    )


def animate(engine: Engine, params: requests.Animate, job: Job) -> results.AnimateResult:
    """Animate a mesh and write the result file; a job that fails or is cancelled leaves none."""
    path = check_job_folder(Path(params.job_folder))
    vertices, faces, arrays = read_mesh(path.parent)
    rig = read_rig(arrays, params.bone_names, len(vertices)) if params.rig == "own" else None
    request = AnimateRequest(
        actions=tuple(params.actions),
        category=params.category or "",
        donor=params.donor or "",
        facing=params.facing,
        seed=params.seed,
        fps=params.fps,
        frames=params.frames,
        output=params.output,
        fallback=params.fallback,
    )
    result = create_animator(engine).animate(vertices, faces, request, rig, job.on_progress)
    job.write(path, lambda target: save_animation(target, result, params.fps, engine.info().weights_checksum))
    return _answer(path, result, job)


def _answer(path: Path, result: AnimatedMesh, job: Job) -> results.AnimateResult:
    actions = [
        results.ActionResult(
            name=one.name,
            cyclic=one.cyclic,
            frames=len(one.rotations),
            residual_mean=one.residual_mean,
            residual_p99=one.residual_p99,
            stretch_median=one.stretch_median,
            stretch_p99=one.stretch_p99,
            slip=one.slip,
        )
        for one in result.actions
    ]
    donor = result.donor
    stages, seconds = job.timing()
    return results.AnimateResult(
        file=str(path),
        donor=donor.name,
        category=donor.category,
        facing=result.facing,
        cost=donor.cost,
        distortion=donor.distortion,
        warnings=list(result.warnings),
        actions=actions,
        stages=stages,
        seconds=seconds,
    )


def read_mesh(folder: Path) -> tuple[np.ndarray, np.ndarray, dict[str, np.ndarray]]:
    """Return vertices (V, 3), faces (F, 3) and all arrays of a job folder's mesh.

    Raises
    ------
    ZoetropeError
        Code "bad_request": there is no such file, or it is damaged.
    """
    path = folder / MESH
    remedy = "Write vertices (V, 3) and faces (F, 3) into it before the request."
    if not path.is_file():
        raise ZoetropeError(f"There is no {MESH} in {folder}.", code="bad_request", remedy=remedy)
    try:
        with np.load(path, allow_pickle=False) as data:
            arrays = {name: data[name] for name in data.files}
        vertices, faces = arrays["vertices"], arrays["faces"]
        if vertices.dtype.kind != "f" or faces.dtype.kind not in "iu":
            raise ValueError("vertices are floats, faces integers")
        for name, array in (("vertices", vertices), ("faces", faces)):
            if array.ndim != 2 or array.shape[1] != 3:
                raise ValueError(f"{name} are of shape {array.shape}")
    except (OSError, *DAMAGED_NPZ) as error:
        raise ZoetropeError(
            f"{path} holds no mesh: {error}.",
            code="bad_request",
            remedy=remedy,
        ) from error
    return vertices.astype(np.float64), faces.astype(np.int64), arrays


def read_rig(arrays: dict[str, np.ndarray], names: list[str] | None, vertex_count: int) -> OwnRig:
    """Return the mesh's own rig from the arrays of its file.

    Raises
    ------
    ZoetropeError
        Code "bad_request": arrays are missing or do not fit together; "bad_mesh": no bone moves anything.
    """
    try:
        names = names or []
        count = len(names)
        parents = arrays["bone_parents"].astype(np.int64)
        heads, tails, z_axes = (
            arrays[f"bone_{name}"].astype(np.float64).reshape(count, 3)
            for name in ("heads", "tails", "z_axes")
        )
        vertices, bones = (arrays[f"bone_weights_{name}"].astype(np.int64) for name in ("vertex", "bone"))
        values = arrays["bone_weights_value"].astype(np.float64)
        fits = (
            parents.shape == (count,)
            and vertices.shape == bones.shape == values.shape
            and (parents < np.arange(count)).all()
            and (not len(bones) or (bones.min() >= 0 and bones.max() < count))
            and (not len(vertices) or (vertices.min() >= 0 and vertices.max() < vertex_count))
            and all(np.isfinite(one).all() for one in (heads, tails, z_axes, values))
        )
        if not fits:
            raise ValueError("its bones do not fit together")
    except (KeyError, ValueError, TypeError) as error:
        raise ZoetropeError(
            f"The mesh's rig could not be read: {error}.", code="bad_request", remedy="See docs/protocol.md."
        ) from error
    if not values.sum() > 0:
        raise ZoetropeError(
            "The mesh's armature moves none of its vertices.",
            code="bad_mesh",
            remedy="Give it weights (Automatic Weights), or choose a new rig.",
        )
    return OwnRig(tuple(names), parents, heads, tails, z_axes, vertices, bones, values)
