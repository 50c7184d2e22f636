"""Scripts that make the ready studies of `data/grids`."""
