"""Getting the videos of real data sets: hosts, archives, folders, and what goes wrong with them."""
