"""Sparse isosurface extraction against the dense grid on the same field.

`python benchmarks/extraction.py --weights weights --seeds 0 1`
"""

import argparse
import sys
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from measuring import RESULTS, fill, markdown, measured, save
from zoetrope.clips.procedural import ProceduralCreature
from zoetrope.engines.decoding.surface import compose_shape_field
from zoetrope.engines.dnf import DnfEngine
from zoetrope.engines.request import DETAILS, GenerateRequest
from zoetrope.engines.sampling.rejection_sampling import sample_passing_body
from zoetrope.evaluation.metrics.surface_distance import to_surface
from zoetrope.geometry.isosurface import Surface, extract_surface
from zoetrope.geometry.mesh_properties import component_volumes

TARGETS = {128: 12, 256: 25}
"""Detail -> by which factor sparse extraction must reduce the evaluations."""

Field = Callable[[np.ndarray], np.ndarray]


@dataclass(frozen=True)
class Comparison:
    """Results of one field at one detail."""

    seed: int
    detail: int
    evaluations: int
    dense_evaluations: int
    seconds: float
    dense_seconds: float
    mib: float
    dense_mib: float
    parts: int
    lost_parts: int
    vertices: int
    distance: float

    @property
    def ratio(self) -> float:
        """Factor by which sparse extraction reduces the evaluations."""
        return self.dense_evaluations / self.evaluations


def compare(field: Field, seed: int, detail: int, gradient_bound: float) -> Comparison:
    """Extract with both methods and compare."""
    costs: dict[str, dict[str, Any]] = {"sparse": {}, "dense": {}}
    surfaces: dict[str, Surface] = {}
    field(np.zeros((1, 3), dtype=np.float32))  # warm-up
    for name, coarse in (("sparse", 32), ("dense", detail)):
        with measured(costs[name]):
            surfaces[name] = extract_surface(field, detail, gradient_bound=gradient_bound, coarse=coarse)
    sparse, dense = surfaces["sparse"], surfaces["dense"]
    parts, sparse_parts = (len(component_volumes(s.vertices, s.faces)[1]) for s in (dense, sparse))
    distances = (
        to_surface(sparse.vertices, dense.vertices, dense.faces),
        to_surface(dense.vertices, sparse.vertices, sparse.faces),
    )
    return Comparison(
        seed,
        detail,
        sparse.evaluations,
        dense.evaluations,
        costs["sparse"]["seconds"],
        costs["dense"]["seconds"],
        costs["sparse"]["mib"],
        costs["dense"]["mib"],
        parts,
        parts - sparse_parts,
        len(sparse.vertices),
        float(max(d.max() for d in distances)),
    )


def fields(options: argparse.Namespace) -> tuple[dict[int, Field], float]:
    """Return seed -> field, and the bound of the fields' gradients."""
    if options.field == "procedural":
        return {seed: ProceduralCreature(seed).sdf for seed in options.seeds}, 1.0
    engine = DnfEngine(options.weights, options.device)
    by_seed = {seed: signed_distance_of(engine, options.category, seed) for seed in options.seeds}
    return by_seed, engine.description.gradient_bound


def signed_distance_of(engine: DnfEngine, category: str, seed: int) -> Field:
    """Return the signed distance of the body that the engine generates for a seed."""
    bundle = engine.load()
    with torch.inference_mode():
        resolved = engine.resolve(GenerateRequest(category=category, action="", seed=seed))
        body = sample_passing_body(bundle, resolved)
    return compose_shape_field(bundle, body.tokens)


def table(comparisons: list[Comparison]) -> str:
    """Return the table, one row per comparison."""
    heads = (
        "seed, detail",
        "evaluations",
        "dense",
        "times fewer",
        "target",
        "seconds",
        "dense",
        "MiB",
        "dense",
        "vertices",
        "parts",
        "lost parts",
        "largest distance",
    )
    rows = [
        (
            f"{c.seed}, {c.detail}",
            f"{c.evaluations:,}",
            f"{c.dense_evaluations:,}",
            f"{c.ratio:.1f}",
            str(TARGETS.get(c.detail, "")),
            f"{c.seconds:.2f}",
            f"{c.dense_seconds:.2f}",
            f"{c.mib:.0f}",
            f"{c.dense_mib:.0f}",
            f"{c.vertices:,}",
            str(c.parts),
            str(c.lost_parts),
            f"{c.distance:.1e}",
        )
        for c in comparisons
    ]
    return markdown(heads, rows)


def main() -> int:
    """Compare, print, write benchmarks/results/extraction_weights.json or extraction_procedural.json."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument(
        "--field", choices=("weights", "procedural"), default="weights", help="field to extract"
    )
    parser.add_argument("--weights", type=Path, default=Path("weights"), help="folder of the weights")
    parser.add_argument("--device", default="cpu", help="cpu, cuda, mps or auto")
    parser.add_argument("--category", default="quadruped", help="category of the creatures")
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1], help="seeds of the creatures")
    parser.add_argument("--details", type=int, nargs="+", default=list(DETAILS), help="cells along a side")
    parser.add_argument("--out", type=Path, default=RESULTS, help="folder for the numbers as JSON")
    parser.add_argument("--page", type=Path, help="Markdown page to put the table into: docs/benchmarks.md")
    options = parser.parse_args()
    by_seed, bound = fields(options)
    comparisons = []
    for seed, field in by_seed.items():
        for detail in options.details:
            comparisons.append(compare(field, seed, detail, bound))
            print(f"seed {seed}, detail {detail}: {comparisons[-1].ratio:.1f} times fewer", file=sys.stderr)
    text = (
        f"Field: {options.field}, gradient bound {bound:.3f}; distances in box units (longest side 1.8).\n\n"
        + table(comparisons)
    )
    print(text)
    if options.page:
        fill(options.page, f"extraction {options.field}", text)
    result = {"field": options.field, "gradient_bound": bound, "rows": [asdict(c) for c in comparisons]}
    print(f"\nWritten to {save(f'extraction_{options.field}', result, options.out)}", file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main())
