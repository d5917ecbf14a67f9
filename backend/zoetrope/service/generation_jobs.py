"""The work of `generate` and `preview`: a creature, or a body at rest, into the result file."""

from dataclasses import replace
from pathlib import Path

from zoetrope.bodies.maps.body_shape import BodyShape
from zoetrope.engines import generate_mesh_frames
from zoetrope.engines.base import Engine
from zoetrope.engines.request import GenerateRequest, MorphRequest
from zoetrope.engines.weights.folders import FRAME_ENGINES
from zoetrope.errors import ZoetropeError
from zoetrope.service.jobs import Job, check_job_folder
from zoetrope.service.requests import Generate, Preview
from zoetrope.service.results import ClipFit, GenerateResult, PreviewResult

SHAPE_KEY_SHARES = {
    "load": 0.03,
    "shape": 0.1,
    "morph": 0.0,
    "motion": 0.12,
    "surface": 0.1,
    "low_poly": 0.15,
    "texture": 0.25,
    "frames": 0.2,
    "write": 0.05,
}
"""Share of each stage in the overall fraction, measured at detail 128 on two cores; a morph is rare."""
ARMATURE_SHARES = {
    "load": 0.03,
    "shape": 0.06,
    "morph": 0.0,
    "motion": 0.12,
    "surface": 0.06,
    "low_poly": 0.1,
    "texture": 0.15,
    "frames": 0.14,
    "recognise": 0.14,
    "register": 0.1,
    "skeleton": 0.07,
    "write": 0.03,
}
"""The same with a skeleton."""
FRAME_SHARES = {
    "load": 0.02,
    "weights": 0.06,
    "surface": 0.37,
    "low_poly": 0.03,
    "tracking": 0.45,
    "skeleton": 0.05,
    "write": 0.02,
}
"""The same of an engine whose frames are meshes of their own, tracked."""
MESH_FRAME_SHARES = {"load": 0.03, "weights": 0.12, "surface": 0.8, "write": 0.05}
"""The same of the frames as sampled."""
PREVIEW_SHARES = {"load": 0.2, "shape": 0.65, "surface": 0.05, "morph": 0.05, "write": 0.05}
"""The same of a preview of a seed that was not shown before."""
FRAME_PREVIEW_SHARES = {"load": 0.1, "weights": 0.2, "surface": 0.65, "write": 0.05}
"""The same of an engine whose frames are meshes of their own."""


def shares(params: Generate, engine: str) -> dict[str, float]:
    """Return the share of each stage in the overall fraction, in the order in which they run.

    `engine`: the name of the engine that does the work.
    """
    if params.output == "mesh_frames":
        return MESH_FRAME_SHARES
    if engine in FRAME_ENGINES:
        return FRAME_SHARES
    return SHAPE_KEY_SHARES if params.output == "shape_keys" else ARMATURE_SHARES


def generate(engine: Engine, params: Generate, job: Job) -> GenerateResult:
    """Generate the creature and write it; a job that fails or is cancelled leaves no result."""
    if params.action is not None and params.actions is not None:
        raise ZoetropeError(
            "A creature has either an action or a list of actions.",
            code="bad_request",
            remedy="Send one of action and actions, or neither for the category's usual one.",
        )
    path = check_job_folder(Path(params.job_folder))
    job.shares = shares(params, engine.info().engine)
    request = GenerateRequest(
        category=params.category,
        action=params.action or "",
        seed=params.seed,
        frames=params.frames,
        fps=params.fps,
        detail=params.detail,
        height=params.height,
        palette=params.palette,
        faces=params.faces,
        texture=params.texture,
        proportions=_proportions(params),
        proportions_seed=params.proportions_seed,
        morph=_morph(params),
        levels_of_detail=params.levels_of_detail,
    )
    if params.output == "mesh_frames":
        return _mesh_frames(engine, request, params, path, job)
    if params.action is not None:
        return _one_action(engine, request, params, path, job)
    from zoetrope.engines.animate.creature import generate_creature
    from zoetrope.engines.animate.result_file import save_creature

    actions = params.actions or [engine.info().default_action(params.category)]
    creature = generate_creature(engine, request, actions, params.output, params.correctives, job.on_progress)
    job.write(path, lambda target: save_creature(target, creature, engine.info().weights_checksum))
    first, rig, found = creature.clips[0], creature.rig, creature.correctives
    fits = [
        ClipFit(one.name, one.residual_mean, one.residual_p99, None if found is None else found.errors[i])
        for i, one in enumerate(() if rig is None else rig.actions)
    ]
    return GenerateResult(
        str(path),
        len(first.rest),
        len(first.faces),
        sum(len(clip.vertices) for clip in creature.clips),
        *job.timing(),
        "" if rig is None else rig.donor.name,
        0 if found is None else len(found.offsets),
        fits,
        list(creature.notes),
    )


def preview(engine: Engine, params: Preview, job: Job) -> PreviewResult:
    """Write the body of a seed at rest."""
    path = check_job_folder(Path(params.job_folder))
    job.shares = FRAME_PREVIEW_SHARES if engine.info().engine in FRAME_ENGINES else PREVIEW_SHARES
    request = GenerateRequest(
        category=params.category,
        action="",
        seed=params.seed,
        height=params.height,
        palette=params.palette,
        faces=None,
        texture=None,
        proportions=_proportions(params),
        proportions_seed=params.proportions_seed,
        morph=_morph(params),
    )
    body = engine.preview(request, job.on_progress)
    job.write(path, body.save_npz)
    return PreviewResult(str(path), len(body.rest), len(body.faces), job.timing()[1])


def _proportions(params: Generate | Preview) -> BodyShape | None:
    return None if params.proportions is None else BodyShape.from_mapping(params.proportions)


def _morph(params: Generate | Preview) -> MorphRequest | None:
    return None if params.morph is None else MorphRequest(params.morph.other, params.morph.amount)


def _mesh_frames(
    engine: Engine, request: GenerateRequest, params: Generate, path: Path, job: Job
) -> GenerateResult:
    """The form of a clip whose frames are meshes of their own, as `MeshFrames.save_npz` writes it."""
    actions = params.actions or [params.action or engine.info().default_action(params.category)]
    if len(actions) > 1:
        raise ZoetropeError(
            "Mesh frames are of one action.", code="bad_option", remedy="Choose one action alone."
        )
    made = generate_mesh_frames(engine, replace(request, action=actions[0]), job.on_progress)
    job.write(path, made.save_npz)
    vertices = max(len(points) for points, _ in made.frames)
    faces = max(len(triangles) for _, triangles in made.frames)
    return GenerateResult(str(path), vertices, faces, len(made.frames), *job.timing())


def _one_action(
    engine: Engine, request: GenerateRequest, params: Generate, path: Path, job: Job
) -> GenerateResult:
    """The form of a single action: a mesh sequence, as `MeshSequence.save_npz` writes it."""
    if params.output != "shape_keys" or params.correctives:
        raise ZoetropeError(
            "A single action has shape keys alone.",
            code="bad_option",
            remedy="Send a list of actions for an armature.",
        )
    sequence = engine.generate(request, job.on_progress)
    job.write(path, sequence.save_npz)
    frames, vertices, _ = sequence.vertices.shape
    return GenerateResult(str(path), vertices, len(sequence.faces), frames, *job.timing())
