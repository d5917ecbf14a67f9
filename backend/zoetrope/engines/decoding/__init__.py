"""Tokens -> weights (dictionary) -> fields -> a body's surface and its model frames, in the box."""
