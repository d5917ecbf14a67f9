"""Voxel diffusion: the baseline of HyperDiffusion's table, for comparison alone."""
