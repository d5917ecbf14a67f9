"""Animating the artist's own mesh, without Blender: what is sent, what comes back, and its arithmetic."""
