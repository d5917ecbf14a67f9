"""Weights of tiny runs on procedural creatures."""

import pytest
import tiny_frames_run


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
