"""Bones from a vertex animation: smooth skinning decomposition with rigid bones (Le and Deng 2012)."""
