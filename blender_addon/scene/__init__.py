"""numpy arrays to Blender's data-blocks: the only room that makes or changes any."""
