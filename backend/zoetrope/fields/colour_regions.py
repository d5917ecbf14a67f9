"""The regions of a creature's surface that have a colour each.

Apart from `colour.py`, so that who needs their names alone does not import torch.
"""

REGIONS = (
    "coat",
    "marking 1",
    "marking 2",
    "marking 3",
    "dark detail",
    "light detail",
    "detail 1",
    "detail 2",
)
"""Regions of all creatures, in the order of a palette: the largest, further large ones, small dark ones
(pupils, nostrils), small light ones (eyes, teeth), other small ones."""
REGION_COUNT = len(REGIONS)
