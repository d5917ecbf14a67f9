"""Writes tests/addon/recorded.npz and recorded_textured.npz: small results of the procedural engine.

.venvs/backend/bin/python tests/addon/make_recorded.py
"""

from pathlib import Path

from zoetrope.engines.procedural import ProceduralEngine
from zoetrope.engines.request import GenerateRequest
from zoetrope.geometry.mesh_sequence import MeshSequence

for name, faces, texture in (("recorded.npz", None, None), ("recorded_textured.npz", 1000, 512)):
    request = GenerateRequest(seed=5, detail=64, frames=20, faces=faces, texture=texture)
    made = ProceduralEngine().generate(request, lambda *_: None)
    tokens = {"shape": made.rest[:4].ravel(), "motion": made.rest[:8].reshape(4, 6)}
    fields = {**made.__dict__, "tokens": tokens}
    MeshSequence(**fields).save_npz(Path(__file__).with_name(name))
