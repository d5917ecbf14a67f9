"""The preview of a body in the scene, and what a creature keeps when its body is replaced."""
