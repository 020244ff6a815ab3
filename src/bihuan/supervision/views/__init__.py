"""The pages of the closed loop."""
