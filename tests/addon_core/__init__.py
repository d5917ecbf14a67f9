"""Tests of the add-on's rooms that need no Blender: core/ and client/."""
