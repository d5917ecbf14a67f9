"""Smooth maps of a body's rest pose: proportions, and a morph to another creature."""
