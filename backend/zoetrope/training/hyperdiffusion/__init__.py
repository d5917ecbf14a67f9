"""Training of HyperDiffusion (ICCV 2023): an occupancy MLP a clip, then a diffusion over their weights."""
