"""Armatures of generated creatures and of artists' meshes: bones, weights, Actions, what they move."""
