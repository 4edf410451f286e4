"""`seqaug cache`."""

import json
from pathlib import Path

import numpy as np
import pytest

from seqaug.cache.directory import DirectoryStore
from seqaug.cache.maintenance import prepare_cache_dir
from seqaug.cli.main import main
from seqaug.sources.base import CacheKey


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = prepare_cache_dir(tmp_path / "cache")
    store = DirectoryStore(folder, "", 2, writable=True)
    for index in range(2):
        store.put(index, CacheKey(str(index), ""), {"image": np.zeros(1_000_000, np.uint8)})
    return folder


def test_info_and_clear(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["cache", "info", str(folder)]) == 0
    assert capsys.readouterr().out == "2 samples, 2 MB\n"
    (next(folder.glob("??")) / "x.part").write_bytes(bytes(100))
    assert main(["cache", "clear", str(folder)]) == 0
    printed = capsys.readouterr().out
    assert printed.startswith("deleted: 2 samples, 2 MB\ndeleted: 1 unfinished files, 100 bytes (in progress")
    assert main(["cache", "info", str(folder)]) == 0
    assert capsys.readouterr().out == "0 samples, 0 bytes\n"


def test_for_machines(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    main(["cache", "info", str(folder), "--json"])
    parsed = json.loads(capsys.readouterr().out)
    assert parsed.pop("size") > 2_000_000
    assert parsed == {"entries": 2, "unfinished": 0, "unfinished_size": 0}


def test_another_directory_is_wrong_use_and_stays_as_it_is(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "mine.sample").touch()
    with pytest.raises(SystemExit) as stopped:
        main(["cache", "clear", str(tmp_path)])
    assert stopped.value.code == 2
    assert "is not a cache of seqaug" in capsys.readouterr().err
    assert (tmp_path / "mine.sample").exists()
