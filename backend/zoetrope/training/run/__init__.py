"""A whole training run: its stages in order, time budget and curves."""
