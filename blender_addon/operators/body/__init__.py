"""Verbs about bodies: the preview, and another body, other proportions or another coat of a creature."""
