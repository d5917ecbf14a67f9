"""Fixtures for the backend's tests; none of them needs Blender or a GPU."""

from pathlib import Path

import procedural_library
import pytest
import tiny_frames_run
from zoetrope.clips.library import Library, find_shared


@pytest.fixture(scope="session")
def library() -> Library:
    """The shared creatures, or a skip where they are not beside the repository."""
    shared = find_shared()
    if shared is None:
        pytest.skip("the shared creatures are not beside the repository")
    return Library(shared)


@pytest.fixture(scope="session")
def procedural_shared(tmp_path_factory) -> Path:
    """A shared folder of seven procedural creatures."""
    return procedural_library.make(tmp_path_factory.mktemp("procedural"))


@pytest.fixture(scope="session")
def hyper_weights(procedural_shared, tmp_path_factory):
    """Weights of HyperDiffusion."""
    folder = tmp_path_factory.mktemp("hyperdiffusion")
    return tiny_frames_run.train(tiny_frames_run.HYPERDIFFUSION, procedural_shared, folder)


@pytest.fixture(scope="session")
def voxel_weights(procedural_shared, tmp_path_factory):
    """Weights of the voxel diffusion."""
    folder = tmp_path_factory.mktemp("voxels")
    return tiny_frames_run.train(tiny_frames_run.VOXELS, procedural_shared, folder)
