"""Remote files: URLs that fsspec reads, accepted wherever a local path is.

fsspec is imported when the first URL is used, and only in this package.
"""
