"""Zoetrope: animated creatures from dictionary-based neural fields."""

__version__ = "0.1.0"
