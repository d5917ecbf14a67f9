"""Previews of sampled bodies: those shown last are kept, so that a slider has only its map to make.

A preview shows the surface that the quality check extracted: thin parts are lost on coarser grids.
"""

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
from torch import Tensor

from zoetrope.assets.region_paint import Colours, RegionPaint
from zoetrope.engines.body.colours import compose_colours
from zoetrope.engines.body.mapped_body import MappedBody
from zoetrope.engines.body.morphs import Registrations
from zoetrope.engines.output.placement import place_on_ground
from zoetrope.engines.output.preview import Preview
from zoetrope.engines.progress import OnProgress
from zoetrope.engines.resolved_request import ResolvedRequest
from zoetrope.engines.sampling.body_checks import coarse_surface
from zoetrope.engines.sampling.rejection_sampling import SampledBody
from zoetrope.engines.weights.bundle import Bundle
from zoetrope.geometry.mesh_properties import MeshArrays

KEPT_BODIES = 8
"""Bodies that are kept for further previews."""


@dataclass
class PreviewedBody:
    """A sampled body whose surface was extracted for a preview.

    Parameters
    ----------
    tokens : (1, S) float
        Raw shape tokens.
    rest, faces : (V, 3) float32, (F, 3) int32
        Its `coarse_surface`, in the box: its maps are made on it, as those of a generation are.
    colours : dict of int to callable
        By the seed of the palette.
    registrations : dict
        Those of its morphs.
    """

    tokens: Tensor
    rest: np.ndarray
    faces: np.ndarray
    colours: dict[int, Colours] = field(default_factory=dict)
    registrations: Registrations = field(default_factory=dict)


class PreviewedBodies(OrderedDict[tuple[str, int], PreviewedBody]):
    """The bodies that were previewed last, by category and seed."""

    def __getitem__(self, key: tuple[str, int]) -> PreviewedBody:
        """Return a body; it counts as used."""
        self.move_to_end(key)
        return super().__getitem__(key)

    def keep(self, key: tuple[str, int], body: PreviewedBody) -> None:
        """Keep a body, and forget the one that was used longest ago."""
        self[key] = body
        while len(self) > KEPT_BODIES:
            self.popitem(last=False)


class Previewer:
    """Makes previews of an engine's bodies.

    Parameters
    ----------
    sample_body : callable
        (resolved request, on_progress) -> its sampled body.
    map_body : callable
        (resolved request, function that returns its coarse surface, on_progress, registrations of earlier
        morphs) -> the body's map to its proportions and morph.
    """

    def __init__(
        self,
        sample_body: Callable[[ResolvedRequest, OnProgress], SampledBody],
        map_body: Callable[
            [ResolvedRequest, Callable[[], MeshArrays], OnProgress, Registrations], MappedBody
        ],
    ) -> None:
        self._sample_body, self._map_body = sample_body, map_body
        self._bodies = PreviewedBodies()

    def preview(self, bundle: Bundle, resolved: ResolvedRequest, on_progress: OnProgress) -> Preview:
        """Return the body of a request at rest, in metres; fast for a seed that was shown before."""
        body = self._previewed(bundle, resolved, on_progress)
        if resolved.palette_seed not in body.colours:
            chosen = resolved.category_index, resolved.palette_seed
            body.colours[resolved.palette_seed] = compose_colours(bundle, body.tokens, *chosen)
        surface = body.rest, body.faces
        mapped = self._map_body(resolved, lambda: surface, on_progress, body.registrations)
        rest = mapped.body_map(body.rest)
        placed = place_on_ground(rest, resolved.height).points(rest)
        colours = body.colours[resolved.palette_seed]
        palette = colours.palette if isinstance(colours, RegionPaint) else None
        return Preview(placed, body.faces, colours(body.rest), palette)

    def _previewed(self, bundle: Bundle, resolved: ResolvedRequest, on_progress: OnProgress) -> PreviewedBody:
        key = resolved.request.category, resolved.request.seed
        if key not in self._bodies:
            body = self._sample_body(resolved, on_progress)
            rest, faces = coarse_surface(bundle, body.tokens, body.surface, on_progress)
            self._bodies.keep(key, PreviewedBody(body.tokens, rest, faces.astype(np.int32)))
        return self._bodies[key]

    def forget(self) -> None:
        """Forget the bodies that are kept."""
        self._bodies.clear()
