"""Palettes: from the colours of a mask to class ids, and back."""
