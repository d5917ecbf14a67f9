"""Tests of blender_addon/core/own_mesh."""
