"""Donors: training creatures with skeleton and skin weights; how they are built, stored and read."""
