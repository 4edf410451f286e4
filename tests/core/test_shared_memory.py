"""Memory shared by processes."""

import gc
import os
import pickle
from pathlib import Path

import pytest

from seqaug.core import shared_memory
from seqaug.core.shared_memory import SharedFile, anonymous_file


def test_a_file_replaces_missing_shared_memory(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delattr(os, "memfd_create")
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    shared_memory.warn_of_files.cache_clear()
    with pytest.warns(UserWarning, match=rf"memory-mapped files in {tmp_path}") as caught:
        descriptors = [anonymous_file(), anonymous_file()]
    assert len(caught) == 1
    assert not list(tmp_path.iterdir()), "the file has no name, so nothing can be left behind"
    for descriptor in descriptors:
        assert os.readlink(f"/proc/self/fd/{descriptor}").startswith(str(tmp_path))
        os.close(descriptor)


def test_a_shared_file_can_only_be_sent_to_workers() -> None:
    with pytest.raises(TypeError, match="only be sent to this sequence's own workers"):
        pickle.dumps(SharedFile(10))


def test_the_memory_is_freed_with_the_object() -> None:
    file = SharedFile(1000)
    descriptor = file.descriptor
    assert os.fstat(descriptor).st_size == 1000
    del file
    gc.collect()
    with pytest.raises(OSError, match="Bad file descriptor"):
        os.fstat(descriptor)
