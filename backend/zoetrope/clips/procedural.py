"""A procedural quadruped made of capsules, whose signed distance and motion are known exactly.

The distance is the minimum over the capsules: exact outside and on the surface. Inside it is a lower bound of
the depth, exact where only one capsule covers the point.
"""

from dataclasses import dataclass

import numpy as np
from skimage.measure import marching_cubes

from zoetrope.clips.clip import Clip
from zoetrope.geometry.mesh_properties import MeshArrays


@dataclass(frozen=True)
class Capsule:
    """Points within `radius` of the segment from `start` to `end` (box units)."""

    start: np.ndarray
    end: np.ndarray
    radius: float

    def distance(self, points: np.ndarray) -> np.ndarray:
        """Return the exact signed distance (N,) of points (N, 3)."""
        axis = self.end - self.start
        along = np.clip((points - self.start) @ axis / (axis @ axis), 0.0, 1.0)
        return np.linalg.norm(points - self.start - along[:, None] * axis, axis=1) - self.radius


class ProceduralCreature:
    """An articulated quadruped facing -Y; its rest pose is centred in the box, with longest side 1.8.

    Parameters
    ----------
    seed : int
        Varies proportions and colour.
    """

    category, action, duration = "quadruped", "walk", 1.0

    def __init__(self, seed: int = 0) -> None:
        rng = np.random.default_rng(seed)
        length, width, leg, neck = 1.0 + 0.2 * rng.random(4) - 0.1
        self.colour = 0.35 + 0.4 * rng.random(3)
        hip, side, up = 0.5 * length, 0.16 * width, 0.62 * leg

        def point(x: float, y: float, z: float) -> np.ndarray:
            return np.array([x, y, z])

        parts = {
            "body": Capsule(point(0, -hip, up), point(0, hip, up), 0.2 * width),
            "neck": Capsule(point(0, -hip, up), point(0, -hip - 0.22, up + 0.4 * neck), 0.1),
            "head": Capsule(
                point(0, -hip - 0.22, up + 0.4 * neck), point(0, -hip - 0.45, up + 0.36 * neck), 0.11
            ),
            "tail": Capsule(point(0, hip, up + 0.05), point(0, hip + 0.45, up - 0.2), 0.05),
        }
        for name, x, y in (("fl", -side, -hip), ("fr", side, -hip), ("bl", -side, hip), ("br", side, hip)):
            parts[name] = Capsule(point(x, y, up), point(x, y, 0.075), 0.075)
        low = np.min([np.minimum(c.start, c.end) - c.radius for c in parts.values()], axis=0)
        high = np.max([np.maximum(c.start, c.end) + c.radius for c in parts.values()], axis=0)
        scale, centre = 1.8 / float((high - low).max()), 0.5 * (low + high)
        self.parts = {
            name: Capsule((c.start - centre) * scale, (c.end - centre) * scale, c.radius * scale)
            for name, c in parts.items()
        }

    def sdf(self, points: np.ndarray) -> np.ndarray:
        """Return the signed distance (N,) of rest-pose points (N, 3), negative inside."""
        return np.min([part.distance(points) for part in self.parts.values()], axis=0)

    def flow(self, points: np.ndarray, phase: float) -> np.ndarray:
        """Return the positions (N, 3) of rest-pose points (N, 3) at a phase of the walk in [0, 1).

        Legs swing about their hips in a diagonal gait, the tail wags, the body bobs. The map is smooth, so
        edges stretch little.
        """
        out = points.astype(np.float64).copy()
        body = self.parts["body"]
        hip_z, front, back = body.start[2], body.start[1], body.end[1]
        cycle = 2 * np.pi * phase
        below = np.clip((hip_z - points[:, 2]) / 0.3, 0.0, 1.0)
        below = below * below * (3 - 2 * below)
        middle = 0.5 * (front + back)
        side = np.tanh(points[:, 0] / 0.05) * np.tanh((points[:, 1] - middle) / 0.15)
        between = (points[:, 1] > front - 0.2) & (points[:, 1] < back + 0.2)
        angle = 0.35 * np.sin(cycle) * side * below * between
        pivot = np.where(points[:, 1] < middle, front, back)
        y, z = points[:, 1] - pivot, points[:, 2] - hip_z
        out[:, 1] += np.cos(angle) * y - np.sin(angle) * z - y
        out[:, 2] += np.sin(angle) * y + np.cos(angle) * z - z
        behind = np.clip((points[:, 1] - back) / 0.6, 0.0, 1.0) ** 2
        out[:, 0] += 0.25 * behind * np.sin(cycle)
        out[:, 2] += 0.02 * np.cos(2 * cycle)
        return out

    def mesh(self, resolution: int = 64) -> MeshArrays:
        """Extract the surface by marching cubes on [-1, 1]^3: vertices (V, 3) float32, faces (F, 3) int32."""
        axis = np.linspace(-1, 1, resolution + 1)
        grid = np.stack(np.meshgrid(axis, axis, axis, indexing="ij"), -1).reshape(-1, 3)
        volume = self.sdf(grid).reshape(3 * (resolution + 1,))
        vertices, faces, _, _ = marching_cubes(volume, 0.0, spacing=3 * (2.0 / resolution,))
        return (vertices - 1).astype(np.float32), faces.astype(np.int32)

    def clip(self, frames: int = 32, resolution: int = 64) -> Clip:
        """Return one cycle of the walk; the last frame does not repeat the first."""
        vertices, faces = self.mesh(resolution)
        poses = [self.flow(vertices, i / frames) for i in range(frames)]
        return Clip(
            "walk",
            faces,
            vertices,
            np.stack(poses).astype(np.float32),
            np.arange(frames) / frames * self.duration,
            np.tile(self.colour.astype(np.float32), (len(vertices), 1)),
            cyclic=True,
            returns_to_start=True,
            category=self.category,
            action=self.action,
            source="procedural",
        )
