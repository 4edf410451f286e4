"""A demonstration set: street-like scenes that the package draws itself, with masks in palette colours."""
