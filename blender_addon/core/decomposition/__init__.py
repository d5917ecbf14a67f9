"""Shape Keys to Bones, without Blender: the frames' file, the request, and what comes back."""
