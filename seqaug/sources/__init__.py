"""Data sources: where images, masks and labels come from, and which of them a sequence holds."""
