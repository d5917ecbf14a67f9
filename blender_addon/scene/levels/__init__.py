"""Levels of detail of a creature: which objects they are, building, what moves them, removing, exporting."""
