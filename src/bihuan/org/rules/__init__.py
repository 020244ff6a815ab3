"""What holds in the organisation by itself: pure functions, no database."""
