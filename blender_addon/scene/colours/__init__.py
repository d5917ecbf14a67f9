"""What colours a generated creature: textures, material, swatches."""
