"""Training from existing weights: warm starts, new creatures, diffusions alone, tokens of one creature."""
