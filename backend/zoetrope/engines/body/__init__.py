"""A sampled body's mesh, colours, proportions and morph."""
