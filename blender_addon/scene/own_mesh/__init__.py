"""The artist's own mesh: reading it, and giving it an armature, weights, Actions or shape keys."""
