"""glTF files of animated meshes and creatures: what is read from one, and what is added to it."""
