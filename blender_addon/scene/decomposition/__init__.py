"""Shape Keys to Bones: reading what moves a mesh, and giving a copy of it bones that do the same."""
