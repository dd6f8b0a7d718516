"""The static site of a board: what it is made of, its pages, its look."""
