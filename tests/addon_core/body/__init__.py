"""Tests of blender_addon/core/body."""
