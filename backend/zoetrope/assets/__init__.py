"""What makes a generated surface an asset: low poly, UVs, baked textures, levels of detail."""
