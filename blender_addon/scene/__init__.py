"""numpy arrays <-> Blender datablocks."""
