"""Meshes of any origin: intake, closed proxies, registration to training creatures."""
