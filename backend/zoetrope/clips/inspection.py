"""What the reader sees in a creature's file, and what is wrong with it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np

from zoetrope.clips.animated_asset import AnimatedAsset
from zoetrope.clips.anime import read_anime
from zoetrope.clips.clip import Clip, bad_file
from zoetrope.clips.gltf import read_gltf
from zoetrope.clips.guessed_labels import PROBE_FRAMES, ends_at_start, guess_action, has_motion
from zoetrope.clips.mesh_frames_file import REMEDY, count_mesh_frames, mesh_frames_message
from zoetrope.clips.obj_sequence import read_obj_sequence
from zoetrope.clips.trailing_reset import find_trailing_reset
from zoetrope.clips.unrigged_asset import UnriggedAsset
from zoetrope.damaged_files import DAMAGED_NPZ
from zoetrope.geometry.mesh_frames import MeshFrames
from zoetrope.geometry.mesh_properties import component_volumes, face_normals_and_areas
from zoetrope.geometry.mesh_sequence import MeshSequence

HEIGHTS = (0.02, 50.0)
"""Metres between which a creature's height is plausible."""
MANY_PARTS, MANY_FACES = 100, 100_000


@dataclass(frozen=True)
class ClipReport:
    """One animation: name, action named in it, seconds, whether it moves and ends where it began."""

    name: str
    action: str
    seconds: float
    moves: bool
    returns_to_start: bool


@dataclass(frozen=True)
class Problem:
    """What is wrong, in one sentence, and what to do about it."""

    message: str
    remedy: str


@dataclass(frozen=True)
class FileReport:
    """What the reader sees in a file.

    Parameters
    ----------
    parts : int
        Connected parts of the welded mesh.
    height : float
        Of the rest pose, in the file's unit: metres in glTF.
    size : (float, float, float)
        Extent along x, y and z of the rest pose, in Blender's axes.
    colours : int
        Distinct colours of faces, of 256 steps a channel.
    """

    file: str
    vertices: int
    faces: int
    parts: int
    joints: int
    morph_targets: int
    height: float
    size: tuple[float, float, float]
    colours: int
    clips: tuple[ClipReport, ...]
    problems: tuple[Problem, ...]


def inspect_file(path: Path) -> FileReport:
    """Read a .glb, .gltf, .anime or .npz (mesh sequence) file, or a folder of .obj frames, and report on it.

    Raises
    ------
    ZoetropeError
        Code "bad_file": it cannot be read.
    """
    asset = _read(path)
    parts = len(np.unique(_part_of_faces(asset)))
    size = np.ptp(asset.rest, axis=0).astype(float)
    clips = tuple(_clip_report(asset, name) for name in asset.clip_names)
    return FileReport(
        file=str(path),
        vertices=len(asset.rest),
        faces=len(asset.faces),
        parts=parts,
        joints=_joint_count(asset),
        morph_targets=len(asset.targets) if isinstance(asset, AnimatedAsset) else 0,
        height=float(size[2]),
        size=(float(size[0]), float(size[1]), float(size[2])),
        colours=len(np.unique(np.round(255 * asset.face_colours).astype(int), axis=0)),
        clips=clips,
        problems=(
            *_reading_problems(asset),
            *_clip_problems(asset, clips),
            *_height_problems(asset),
            *_mesh_problems(asset, parts),
            *_colour_problems(asset),
        ),
    )


def _joint_count(asset: AnimatedAsset | UnriggedAsset) -> int:
    """Return the number of joints and moving parts; a mesh that follows one node as a whole has none."""
    if not isinstance(asset, AnimatedAsset) or count_mesh_frames(asset):
        return 0
    count = len(set(asset.joints.tolist()))
    return count if count > 1 else 0


def _read(path: Path) -> AnimatedAsset | UnriggedAsset:
    if not path.exists():
        raise bad_file(path, "there is no such file or folder", "Check its name.")
    if not path.is_dir() and not path.is_file():
        raise bad_file(path, "it is not a regular file", "Give the file itself.")
    if path.is_dir():
        return UnriggedAsset(read_obj_sequence(path))
    if path.suffix.lower() == ".anime":
        return UnriggedAsset(read_anime(path))
    if path.suffix.lower() in (".glb", ".gltf"):
        return read_gltf(path, require_animation=False)
    if path.suffix.lower() == ".npz":
        return UnriggedAsset(_read_mesh_sequence(path))
    raise bad_file(
        path,
        "its format is not known",
        "Give a .glb, .gltf, .anime or .npz file, or a folder of .obj files or of weights.",
    )


def _read_mesh_sequence(path: Path) -> Clip:
    try:
        sequence = MeshSequence.load_npz(path)
    except (OSError, *DAMAGED_NPZ) as error:
        if MeshFrames.holds(path):
            raise bad_file(path, "its frames are meshes of their own (mesh frames)", REMEDY) from error
        raise bad_file(path, "it is not a mesh sequence of `zoetrope generate`") from error
    name = f"{sequence.category or 'any'} {sequence.action or 'any'}"
    return Clip(
        name,
        sequence.faces,
        sequence.rest,
        sequence.vertices,
        sequence.seconds.astype(np.float64),
        sequence.colours,
        source=path.name,
    )


def _part_of_faces(asset: AnimatedAsset | UnriggedAsset) -> np.ndarray:
    part, _ = component_volumes(asset.rest.astype(np.float64), asset.faces.astype(np.int64))
    return np.asarray(part[asset.faces[:, 0]])


def _clip_report(asset: AnimatedAsset | UnriggedAsset, name: str) -> ClipReport:
    first, last = asset.span(name)
    frames = asset.evaluate(name, np.linspace(first, last, PROBE_FRAMES))
    moves = has_motion(frames)
    return ClipReport(name, guess_action(name), last - first, moves, moves and ends_at_start(frames))


class EdgeUse(NamedTuple):
    """How the faces of a mesh use its E undirected edges.

    faces : (E,) int, the number of faces at each edge.
    balance : (E,) int, passes from lower to higher vertex less those back; 0 where two faces are wound alike.
    """

    faces: np.ndarray
    balance: np.ndarray

    @classmethod
    def of(cls, faces: np.ndarray) -> "EdgeUse":
        """Count the edges of faces (F, 3)."""
        directed = faces[:, [0, 1, 1, 2, 2, 0]].reshape(-1, 2)
        _, edge, count = np.unique(np.sort(directed, axis=1), axis=0, return_inverse=True, return_counts=True)
        return cls(count, np.bincount(edge.ravel(), np.where(directed[:, 0] < directed[:, 1], 1, -1)))


def _reading_problems(asset: AnimatedAsset | UnriggedAsset) -> Iterator[Problem]:
    """Yield what was mended or left out in reading, and whether there is no one mesh."""
    if isinstance(asset, AnimatedAsset):
        if count := count_mesh_frames(asset):
            message = mesh_frames_message(count)
            yield Problem(f"{message[0].upper()}{message[1:]}.", REMEDY)
            return  # its notes are of meshes that are hidden in turn
        for note in asset.notes:
            yield Problem(f"{note[0].upper()}{note[1:]}.", "Check this in the program that wrote it.")


def _clip_problems(asset: AnimatedAsset | UnriggedAsset, clips: Sequence[ClipReport]) -> Iterator[Problem]:
    if not clips:
        yield Problem("It has no animation.", "Export it with its animations.")
    for clip in clips:
        if not clip.moves:
            yield Problem(f"The clip {clip.name} does not move.", "Leave it out, or check its export.")
        elif isinstance(asset, AnimatedAsset) and find_trailing_reset(asset, clip.name) is not None:
            yield Problem(
                f"The last key of {clip.name} jumps back to the first pose.",
                "It is cut off when the file is trained on; remove the key to be sure.",
            )


def _mesh_problems(asset: AnimatedAsset | UnriggedAsset, parts: int) -> Iterator[Problem]:
    """Yield problems of the faces; parts : number of the mesh's loose parts."""
    edges = EdgeUse.of(asset.faces)
    if open_edges := int((edges.faces == 1).sum()):
        yield Problem(
            f"Its mesh is open: {open_edges} of {len(edges.faces)} edges have one face.",
            "Holes are filled in training; close it if it should be solid.",
        )
    if overlapping := int((edges.faces > 2).sum()):
        yield Problem(
            f"{overlapping} edges have more than two faces.", "Merge or separate overlapping faces."
        )
    if ((edges.faces == 2) & (edges.balance != 0)).any():
        yield Problem("Some faces point inward.", "Recalculate its normals outside.")
    _, areas = face_normals_and_areas(asset.rest.astype(np.float64), asset.faces)
    if empty := int((areas < 1e-12 * max(float(areas.sum()), 1e-30)).sum()):
        yield Problem(f"{empty} faces have no area.", "Dissolve degenerate faces.")
    if parts > MANY_PARTS:
        yield Problem(f"It has {parts} loose parts.", "Join its vertices by distance.")
    if len(asset.faces) > MANY_FACES:
        yield Problem(f"It has {len(asset.faces)} faces.", "Decimate it: training samples its surface.")


def _height_problems(asset: AnimatedAsset | UnriggedAsset) -> Iterator[Problem]:
    """Yield problems of the height, which files without a rig give in no known unit."""
    height = float(np.ptp(asset.rest[:, 2]))
    if isinstance(asset, AnimatedAsset) and not HEIGHTS[0] <= height <= HEIGHTS[1]:
        yield Problem(f"It is {height:.3g} m tall.", "Apply its scale and export it in metres.")


def _colour_problems(asset: AnimatedAsset | UnriggedAsset) -> Iterator[Problem]:
    if (asset.face_colours > 0.99).all():
        yield Problem("It is white throughout.", "Check its material's base colour.")
