"""The phenomena, one file each, named after their id."""
