"""A demonstration set: generated street scenes, with masks in palette colours."""
