"""A creature's body: proportions, morph, preview, and another one of each."""
