"""Voxel diffusion: the baseline of the table of engines, for comparison alone."""
