"""Diffusion models over shape tokens, motion tokens and palettes (rectified flow), and their samplers."""
