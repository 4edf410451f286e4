"""Files elsewhere: URLs that fsspec reads, wherever a path of a file on this machine would do.

fsspec is imported when a URL is first seen, and nowhere but here.
"""
