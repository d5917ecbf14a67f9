"""Operators about bodies: the preview; another body, other proportions or another palette of a creature."""
