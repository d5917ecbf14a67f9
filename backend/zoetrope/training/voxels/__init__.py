"""Training of the voxel diffusion, the baseline of the table of engines."""
