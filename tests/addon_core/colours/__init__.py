"""Tests of blender_addon/core/colours."""
