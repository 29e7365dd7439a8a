"""Whose body this is, as data: distances, velocities, tissues, fibre populations."""
