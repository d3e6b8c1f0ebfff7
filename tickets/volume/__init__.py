"""A database of any size, as years of work would have left it: made by the engine and by what the services write, not by them."""
