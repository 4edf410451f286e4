"""The cache of decoded samples: in memory, or in a directory, and shared by all workers."""

from seqaug.cache.budget import free_memory
from seqaug.cache.folder import FolderContents, clear_folder, folder_contents
from seqaug.cache.sample_cache import SampleCache, check_cache_name, make_store

__all__ = [
    "FolderContents",
    "SampleCache",
    "check_cache_name",
    "clear_folder",
    "folder_contents",
    "free_memory",
    "make_store",
]
