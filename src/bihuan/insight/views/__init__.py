"""The pages of insight: the board, and the search."""
