"""Read models over what the contexts below own; nothing here writes."""
