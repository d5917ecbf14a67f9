"""Training of the voxel diffusion, the floor of the table of engines."""
