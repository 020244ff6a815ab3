"""闭环 Bihuan: closes the loop of public work, from decision to write-off."""

__version__ = "0.1.0"
