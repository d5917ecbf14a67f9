"""Tiny runs of the engines whose frames are meshes of their own, on procedural creatures."""

from zoetrope.training.data.sources import SharedSource
from zoetrope.training.run.start import run_recipe

SAMPLES = """
[data]
open_meshes = false
[samples]
frames = 6
uniform = 3000
near = 3000
"""

HYPERDIFFUSION = """
base = "hyperdiffusion"
name = "tiny"
[field]
width = 48
[fit]
points = 1_000_000
batch = 256
[projection]
components = 2
token = 2
points = 20_000
clips = 3
batch = 128
[diffusion]
steps = 300
batch = 16
lr = 2e-3
width = 32
depth = 1
heads = 2
dropout = 0.0
ema = 0.9
sampling_steps = 20
"""

PAPER = """
base = "hyperdiffusion-paper"
name = "tiny-paper"
[field]
width = 16
[fit]
points = 20_000
batch = 128
[diffusion]
steps = 4
batch = 4
width = 32
depth = 1
heads = 2
sampling_steps = 4
"""

VOXELS = """
base = "voxels"
name = "tiny-voxels"
[data]
open_meshes = false
[samples]
frames = 6
grid = 12
[diffusion]
steps = 200
width = 16
batch = 6
lr = 2e-3
ema = 0.9
sampling_steps = 20
"""


def train(recipe, shared, folder):
    """Train one of these recipes on a shared folder; return the folder of the weights."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "recipe.toml"
    path.write_text(recipe if "[samples]" in recipe else recipe + SAMPLES)
    return run_recipe(str(path), SharedSource(shared), folder / "run")
