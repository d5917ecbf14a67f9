"""Armatures without Blender: names of joints, and rotations of pose bones."""
