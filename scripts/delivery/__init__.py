"""Takes a delivery as it comes (R26): which file holds what, which column is what, and how its texts are to be read."""
