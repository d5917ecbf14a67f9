"""Tokens of a body and of its motion, sampled from the diffusions until they pass their checks."""
