"""Skeletons: those of the donors, fitted to frames, transferred to other meshes."""
