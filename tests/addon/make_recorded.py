"""Writes tests/addon/recorded.npz: a small result of the procedural engine.

.venvs/backend/bin/python tests/addon/make_recorded.py
"""

from pathlib import Path

from zoetrope.engines.base import GenerateRequest
from zoetrope.engines.procedural import ProceduralEngine
from zoetrope.geometry.mesh_sequence import MeshSequence

made = ProceduralEngine().generate(
    GenerateRequest(seed=5, detail=64, frames=20, faces=None, texture=None), lambda *_: None
)
tokens = {"shape": made.rest[:4].ravel(), "motion": made.rest[:8].reshape(4, 6)}
fields = {**made.__dict__, "tokens": tokens}
MeshSequence(**fields).save_npz(Path(__file__).with_name("recorded.npz"))
