"""Assembling the result: model frames in the box -> mesh sequence in metres on the timeline."""

import numpy as np
from scipy.spatial.transform import Rotation
from torch import Tensor

from zoetrope.clips.guessed_labels import TRAVELLING_ACTIONS
from zoetrope.engines.body.body_mesh import BodyMesh
from zoetrope.engines.decoding.model_frames import ModelFrames
from zoetrope.engines.output.placement import Placement, ground_lift, place_on_ground
from zoetrope.engines.resolved_request import ResolvedRequest
from zoetrope.engines.weights.bundle import ActionLabel, Bundle
from zoetrope.geometry.ground_contact import estimate_travel_speed, find_feet
from zoetrope.geometry.mesh_sequence import MeshSequence
from zoetrope.geometry.rigid_alignment import nearest_rotations
from zoetrope.geometry.timeline import interpolate_to_timeline

MIN_SECONDS, MAX_SECONDS = 0.2, 12.0
"""Limits of a window's duration."""


def assemble_sequence(
    bundle: Bundle,
    resolved: ResolvedRequest,
    shape: Tensor,
    motion: Tensor,
    mesh: BodyMesh,
    frames: ModelFrames,
) -> MeshSequence:
    """Place a decoded creature and interpolate its frames.

    Parameters
    ----------
    shape, motion : (1, S) and (T, M) float
        Raw tokens.
    mesh : BodyMesh
        Of V vertices, in the box.
    frames : ModelFrames
        T of them.
    """
    request, label = resolved.request, resolved.action_label
    first = find_loop_start(frames.vertices) if label.cyclic else 0
    frames = ModelFrames(*(np.roll(x, -first, axis=0) for x in frames))
    motion = motion.roll(-first, 0)

    duration = clip_duration(bundle, label, motion)
    placement, feet = place_on_ground(mesh.rest, resolved.height), find_feet(mesh.rest)
    vertices, transforms, seconds = _on_timeline(resolved, frames, placement, feet, duration)
    sampled_speed = float(bundle.motion_model.split(motion).timing.mean(0).cpu().numpy()[1])
    speed = 0.0
    if request.action in TRAVELLING_ACTIONS:
        speed = travel_speed(frames.vertices, feet, duration, label.cyclic, mesh.rest) or sampled_speed
    return MeshSequence(
        faces=mesh.faces,
        rest=placement.points(mesh.rest),
        vertices=vertices,
        transforms=transforms,
        colours=mesh.colours,
        seconds=seconds.astype(np.float32),
        cyclic=label.cyclic,
        returns_to_start=label.returns_to_start,
        travel_speed=max(0.0, speed) * resolved.height,
        category=request.category,
        action=request.action,
        uvs=mesh.uvs,
        textures=mesh.textures,
        regions=mesh.regions,
        palette=mesh.palette,
        levels=mesh.levels,
        tokens={"shape": shape[0].cpu().numpy(), "motion": motion.cpu().numpy()},
        meta={
            "engine": "dnf",
            "seed": request.seed,
            "detail": request.detail,
            "height": resolved.height,
            "palette": resolved.palette_seed,
            "model_seconds": duration,
            "begins": first / len(motion),
            "weights": bundle.checksum,
            **mesh.meta,
        },
    )


def _on_timeline(
    resolved: ResolvedRequest,
    frames: ModelFrames,
    placement: Placement,
    feet: list[np.ndarray],
    duration: float,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return vertices (T, V, 3) and rigid transforms (T, 4, 4) in metres, on the ground, and seconds (T,)."""
    request = resolved.request
    timeline = resolved.action_label.cyclic, duration, request.fps, request.frames
    vertices, seconds = interpolate_to_timeline(placement.points(frames.vertices), *timeline)
    rotations = Rotation.from_rotvec(frames.rotations).as_matrix()
    transforms, _ = interpolate_to_timeline(placement.transforms(rotations, frames.translations), *timeline)
    lift = ground_lift(vertices, feet, request.category, request.action)
    vertices[..., 2] += lift[:, None]
    transforms[:, 2, 3] += lift
    return vertices.astype(np.float32), with_nearest_rotations(transforms), seconds


def travel_speed(
    vertices: np.ndarray, feet: list[np.ndarray], seconds: float, cyclic: bool, rest: np.ndarray
) -> float:
    """Return the speed at which resting feet do not slide, in heights a second; 0 where none rests.

    Parameters
    ----------
    vertices : (T, V, 3) float
    feet : list of (n,) int
    seconds : float
        Duration of the frames.
    rest : (V, 3) float
    """
    height = float(np.ptp(rest[:, 2]))
    soles = np.concatenate(feet) if feet else np.zeros(0, dtype=int)
    if not len(soles):
        return 0.0
    return estimate_travel_speed(vertices[:, soles], seconds, cyclic, height) / height


def clip_duration(bundle: Bundle, label: ActionLabel, motion: Tensor) -> float:
    """Return the seconds that raw motion tokens (T, M) last."""
    log_seconds = bundle.motion_model.split(motion).timing.mean(0).cpu().numpy()[0]
    window = bundle.motion_model.config.frames
    window_seconds = float(np.exp(np.clip(log_seconds, np.log(MIN_SECONDS), np.log(MAX_SECONDS))))
    steps, window_steps = (len(motion), window) if label.cyclic else (len(motion) - 1, window - 1)
    return window_seconds * steps / window_steps


def find_loop_start(vertices: np.ndarray) -> int:
    """Return the frame of a loop (T, V, 3) that is reached by the smallest step.

    A loop may begin at any frame; beginning there, the step across its seam is the least visible.
    """
    steps = np.linalg.norm(vertices - np.roll(vertices, 1, axis=0), axis=-1).mean(axis=1)
    return int(steps.argmin())


def with_nearest_rotations(transforms: np.ndarray) -> np.ndarray:
    """Return interpolated rigid transforms (T, 4, 4) with their linear parts projected onto rotations."""
    out = transforms.astype(np.float32).copy()
    out[:, :3, :3] = nearest_rotations(transforms[:, :3, :3].astype(np.float64))
    return out
