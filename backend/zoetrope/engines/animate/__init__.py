"""Animating an artist's own mesh: intake, registration to a donor, sampled motion, a skeleton, keys."""
