"""HyperDiffusion (ICCV 2023): a diffusion samples the weights of a 4D occupancy MLP."""
