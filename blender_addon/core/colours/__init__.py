"""Textures, regions and palettes of a generated creature."""
