"""The weights on disk: files, their description, and the modules that they fill."""
