"""Skeletons: those of the donors, fitted to frames, carried to other meshes."""
