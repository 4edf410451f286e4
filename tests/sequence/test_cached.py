"""Sequences with a cache: the same batches, and faults."""

import glob
import os
import shutil
import subprocess
import sys
import textwrap
from pathlib import Path
from typing import Any

import albumentations as A  # noqa: N812
import cv2
import numpy as np
import pytest
from engine_settings import ENGINES
from small_pairs import COLORS, Pairs, write_pairs

from seqaug import Palette, SampleError, SegmentationSequence
from seqaug.cache.maintenance import cache_contents

PALETTE = Palette(COLORS, ignore=("void",))


def make(pairs: Pairs, **arguments: Any) -> SegmentationSequence:
    settings: dict[str, Any] = {
        "palette": PALETTE,
        "transform": A.Compose([A.RandomCrop(16, 16), A.Rotate(30), A.RandomBrightnessContrast()]),
        "batch_size": 4,
        "workers": 0,
    }
    return SegmentationSequence(pairs.images, pairs.masks, **{**settings, **arguments})


def epochs(sequence: SegmentationSequence, count: int = 3) -> list[bytes]:
    shown = []
    for epoch in range(count):
        sequence.set_epoch(epoch)
        for x, y in sequence:
            inputs = list(x.values()) if isinstance(x, dict) else [x]
            shown += [part.tobytes() for part in (*inputs, y)]
    return shown


@pytest.fixture(params=["memory", "directory"])
def cache(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    return "memory" if request.param == "memory" else str(tmp_path / "cache")


# The same batches


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize(
    "arguments",
    [
        {},
        {"rescale": None, "transform": None, "image_size": (10, 12)},
        {"mask_encoding": "one_hot", "color_mode": "grayscale"},
        {"color_mode": "unchanged", "palette": COLORS, "transform": None, "oversample": [1, 0, 2, 1, 1, 3]},
    ],
    ids=["defaults", "resized", "one_hot", "unchanged"],
)
@pytest.mark.filterwarnings("ignore:mask_encoding=.one_hot")
def test_batches_are_the_same_bytes(pairs: Pairs, cache: str, engine: str, arguments: dict[str, Any]) -> None:
    expected = epochs(make(pairs, **arguments))
    for _ in range(2):
        with make(pairs, cache=cache, **{**arguments, **ENGINES[engine]}) as sequence:
            assert epochs(sequence) == expected
            assert epochs(sequence) == expected


@pytest.mark.parametrize("engine", ENGINES)
def test_a_transform_that_writes_in_place(pairs: Pairs, cache: str, engine: str) -> None:
    def darken(image: np.ndarray, **_: Any) -> np.ndarray:
        image[:] //= 2
        return image

    transform = A.Compose([A.Lambda(image=darken), A.HorizontalFlip()])
    expected = epochs(make(pairs, transform=transform))
    assert expected[0] != epochs(make(pairs, transform=A.HorizontalFlip()))[0]
    with make(pairs, transform=transform, cache=cache, **ENGINES[engine]) as sequence:
        assert epochs(sequence) == expected
        assert epochs(sequence) == expected


def test_nothing_is_decoded_twice(pairs: Pairs, cache: str, decoded: list[str]) -> None:
    with make(pairs, cache=cache) as sequence:
        epochs(sequence)
        assert len(decoded) == 12
    # Memory is given back at the end, and a directory stays.
    with sequence:
        epochs(sequence)
    assert len(decoded) == (24 if cache == "memory" else 12)


def test_a_directory_serves_other_sequences(pairs: Pairs, tmp_path: Path, decoded: list[str]) -> None:
    folder = tmp_path / "cache"
    epochs(make(pairs, cache=folder))
    epochs(make(pairs, cache=str(folder), batch_size=2, seed=5, transform=None))
    epochs(SegmentationSequence(pairs.images[3:], pairs.masks[3:], palette=PALETTE, cache=folder, workers=0))
    assert len(decoded) == 12
    assert cache_contents(folder).entries == 6
    # Another way of reading is another entry.
    others: list[dict[str, Any]] = [
        {"color_mode": "grayscale"},
        {"palette": COLORS, "transform": None},
        {"ignore_index": 77},
        {"palette": Palette(COLORS, ignore=("void",), unknown="nearest")},
    ]
    for number, other in enumerate(others):
        epochs(make(pairs, cache=folder, **other))
        assert cache_contents(folder).entries == 6 * (number + 2)


def test_relative_paths_name_the_same_files(
    pairs: Pairs, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, decoded: list[str]
) -> None:
    folder = tmp_path / "cache"
    epochs(make(pairs, cache=folder))
    monkeypatch.chdir(Path(pairs.images[0]).parents[1])
    relative = pairs._replace(
        images=[f"images/{Path(path).name}" for path in pairs.images],
        masks=[f"masks/{Path(path).name}" for path in pairs.masks],
    )
    epochs(make(relative, cache=folder))
    assert len(decoded) == 12


def test_one_copy_whatever_the_number_of_workers(tmp_path: Path) -> None:
    pairs = write_pairs(tmp_path / "data", 40, 256, 512)  # 20 MB decoded
    with make(pairs, cache="memory", workers=3, use_multiprocessing=True, batch_size=40) as sequence:
        epochs(sequence, 3)
        shared, private = 0, []
        for pid in sequence._engine.pids:  # type: ignore[attr-defined]
            rollup = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
            sizes = {line.split()[0]: int(line.split()[1]) for line in rollup[1:]}
            shared = max(shared, sizes["Shared_Clean:"] + sizes["Shared_Dirty:"])
            private.append(sizes["Private_Clean:"] + sizes["Private_Dirty:"])
        assert shared > 15_000, "kB: the workers read the copy that they share"
        assert max(private) < 120_000, "kB"


# Filling it


@pytest.mark.parametrize("engine", ENGINES)
def test_it_can_be_filled_before_training(pairs: Pairs, tmp_path: Path, engine: str) -> None:
    folder = tmp_path / "cache"
    expected = epochs(make(pairs))
    with make(pairs, cache=folder, **ENGINES[engine]) as sequence:
        sequence.warm_cache()
        assert cache_contents(folder).entries == 6
        for path in (*pairs.images, *pairs.masks):
            status = os.stat(path)
            Path(path).write_bytes(bytes(status.st_size))  # what is there now cannot be read
            os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))
        assert epochs(sequence) == expected


def test_filling_it_reports_unusable_samples(pairs: Pairs, cache: str) -> None:
    Path(pairs.images[2]).write_bytes(b"nothing")
    with pytest.raises(SampleError, match=r"sample 2 .*not an image that OpenCV can decode"):
        make(pairs, cache=cache).warm_cache()
    sequence = make(pairs, cache=cache, on_error="skip")
    with pytest.warns(UserWarning, match="skipped sample 2"):
        sequence.warm_cache()
    assert list(sequence.skipped) == [2]


def test_without_a_cache_there_is_nothing_to_fill(pairs: Pairs) -> None:
    with pytest.raises(ValueError, match=r"warm_cache\(\) has nothing to fill: cache=None; expected cache="):
        make(pairs).warm_cache()


# What goes wrong


@pytest.mark.parametrize("engine", ENGINES)
def test_a_file_replaced_during_training_is_read_again(pairs: Pairs, cache: str, engine: str) -> None:
    arguments: dict[str, Any] = {"transform": None, "shuffle": False, "batch_size": 6, "rescale": None}
    with make(pairs, cache=cache, **arguments, **ENGINES[engine]) as sequence:
        assert (sequence[0][0] == pairs.pixels).all()
        other = np.full_like(pairs.pixels[1], 7)
        cv2.imwrite(pairs.images[1], other)
        for _ in range(2):
            x, _ = sequence[0]
            assert (x[1] == 7).all()
            assert (x[[0, 2, 3, 4, 5]] == pairs.pixels[[0, 2, 3, 4, 5]]).all()
        os.unlink(pairs.images[1])
        with pytest.raises(SampleError, match=r"sample 1 .*no such file"):
            sequence[0]


@pytest.mark.parametrize("engine", ENGINES)
def test_what_does_not_fit_into_memory_is_warned_of_once(pairs: Pairs, engine: str) -> None:
    expected = epochs(make(pairs))
    with make(pairs, cache="memory", cache_limit="10KB", **ENGINES[engine]) as sequence:
        with pytest.warns(UserWarning, match=r'cache="memory" is full: 2 of 6 samples .* cache_limit=10 KB') as caught:
            assert epochs(sequence) == expected
        assert len(caught) == 1


@pytest.mark.parametrize("engine", ENGINES)
def test_sequences_share_what_is_free(pairs: Pairs, monkeypatch: pytest.MonkeyPatch, engine: str) -> None:
    monkeypatch.setattr("seqaug.cache.budget._budgets", {})
    monkeypatch.setattr("seqaug.cache.sample_cache.free_memory", lambda: 50_000)  # half of it holds 7 samples
    expected = epochs(make(pairs))
    train, val, test = (make(pairs, cache="memory", **ENGINES[engine]) for _ in range(3))
    with train, val, test:
        assert epochs(train) == expected
        with pytest.warns(
            UserWarning, match=r"is full: 1 of 6 samples .* of the 25 KB that all in-memory caches of this"
        ):
            assert epochs(val) == expected
        with pytest.warns(UserWarning, match=r"is full: 0 of 6 samples"):
            assert epochs(test) == expected


def test_a_directory_that_cannot_be_made(pairs: Pairs, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.warns(UserWarning, match=r"file/cache' cannot be written \(Not a directory\), so every sample"):
        sequence = make(pairs, cache=tmp_path / "file" / "cache")
    assert epochs(sequence) == epochs(make(pairs))
    with pytest.raises(
        ValueError, match=r"warm_cache\(\) has nothing to fill: cache=.*file/cache'\) could not be writ"
    ):
        sequence.warm_cache()


@pytest.mark.parametrize(
    ("cache", "said"),
    [
        *(
            (word, 'expected cache="memory" for memory, or the path')
            for word in ("ram", "RAM", "Memory", "mem", " memory")
        ),
        *((word, 'expected cache="memory" for memory, or the path') for word in ("in_memory", "in-memory", "memroy")),
        *((word, r"or the path of a directory \(for one of this name, '\./") for word in ("disk", "SSD", "on_disk")),
        *((word, 'expected None, "memory" or the path of a directory') for word in ("true", "auto", "", "None")),
    ],
)
def test_words_that_look_like_mistakes_are_not_directories(
    pairs: Pairs, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, cache: str, said: str
) -> None:
    monkeypatch.chdir(tmp_path)
    before = sorted(tmp_path.iterdir())
    with pytest.raises(ValueError, match=said):
        make(pairs, cache=cache)
    assert sorted(tmp_path.iterdir()) == before


@pytest.mark.parametrize("cache", [True, False, 3, ["a"]])
def test_other_types_are_not_directories(pairs: Pairs, cache: Any) -> None:
    with pytest.raises(TypeError, match='expected None, "memory" or a directory'):
        make(pairs, cache=cache)


@pytest.mark.parametrize("cache", ["./ram", Path("ram"), "ram/", "cache", "tmp"])
def test_directories_of_such_names_can_be_given(
    pairs: Pairs, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, cache: Any
) -> None:
    monkeypatch.chdir(tmp_path)
    make(pairs, cache=cache)
    assert Path(cache).is_dir()


def test_a_directory_that_can_only_be_read_is_read(
    pairs: Pairs, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, decoded: list[str]
) -> None:
    folder = tmp_path / "cache"
    epochs(SegmentationSequence(pairs.images[:4], pairs.masks[:4], palette=PALETTE, cache=folder, workers=0))
    decoded.clear()

    def refuse(*_: Any, **__: Any) -> None:
        raise PermissionError(13, "Permission denied")

    with monkeypatch.context() as patch:
        patch.setattr(Path, "write_text", refuse)
        with pytest.warns(UserWarning, match=r"Permission denied\), so samples that it lacks are decoded"):
            sequence = make(pairs, cache=folder)
    assert epochs(sequence, 2) == epochs(make(pairs), 2)
    ours = decoded[: len(decoded) - 24 - 2]  # the other one decodes 12 files twice, and its first sample once more
    assert {Path(name).name for name in ours} == {"004.png", "005.png"}
    assert cache_contents(folder).entries == 4


FILL = textwrap.dedent(
    """
    import sys
    from pathlib import Path
    import numpy as np
    from seqaug.cache.directory import DirectoryStore
    from seqaug.cache.maintenance import prepare_cache_dir
    from seqaug.sources.base import CacheKey

    folder = prepare_cache_dir(Path(sys.argv[1]))
    count, side = int(sys.argv[2]), int(sys.argv[3])
    store = DirectoryStore(folder, "", count, writable=True)
    print("begin", flush=True)
    for index in range(count):
        key = CacheKey(str(index), "")
        if store.get(index, key) is None:
            store.put(index, key, {"image": np.full((side, side), index % 256, np.uint8)})
    print(store.write_error(), flush=True)
    """
)


def fill(folder: Path, count: int, side: int, **arguments: Any) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", FILL, str(folder), str(count), str(side)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True, **arguments)


def whole_entries(folder: Path) -> int:
    from seqaug.cache.entry import entry_is_intact

    entries = [np.frombuffer(path.read_bytes(), np.uint8) for path in folder.rglob("*.sample")]
    assert all(entry_is_intact(entry) for entry in entries)
    return len(entries)


def test_two_processes_fill_one_directory(tmp_path: Path) -> None:
    processes = [fill(tmp_path / "cache", 300, 100) for _ in range(2)]
    assert [process.communicate(timeout=60)[0] for process in processes] == ["begin\nNone\n"] * 2
    assert whole_entries(tmp_path / "cache") == 300
    assert cache_contents(tmp_path / "cache").unfinished == 0


def test_a_process_that_is_killed_in_the_middle_leaves_a_cache_that_works(tmp_path: Path) -> None:
    folder = tmp_path / "cache"
    with fill(folder, 100_000, 700) as process:
        assert process.stdout is not None
        process.stdout.readline()
        while len(glob.glob(f"{folder}/*/*.sample")) < 5:  # Path.rglob fails on a part that is moved meanwhile
            assert process.poll() is None
        process.kill()
    kept = whole_entries(folder)
    assert 5 <= kept < 100_000
    with fill(folder, kept + 3, 700) as process:
        assert process.communicate(timeout=60)[0] == "begin\nNone\n"
    assert whole_entries(folder) >= kept + 3
    shutil.rmtree(folder)


def test_a_disk_on_which_no_entry_has_room(tmp_path: Path) -> None:
    resource = pytest.importorskip("resource")

    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, 50_000))

    with fill(tmp_path / "cache", 3, 300, preexec_fn=limit) as process:
        said = process.communicate(timeout=60)[0]
    assert "File too large; samples that it lacks are decoded each time" in said
    assert cache_contents(tmp_path / "cache") == (0, 0, 0, 0)


# Data of one's own


def make_numbered() -> type[SegmentationSequence]:
    """Make a class that workers can unpickle."""

    class Numbered(SegmentationSequence):
        version = 1

        def load(self, index: int) -> dict[str, np.ndarray]:
            if Path(self.log).exists():
                with open(self.log, "a") as log:
                    log.write(f"{index} ")
            return {
                "image": np.full((8, 8, 3), 10 * index + self.version, np.uint8),
                "mask": np.full((8, 8), index % 3),
                "depth": np.full((8, 8), index, np.float32),
            }

        def cache_key(self, index: int) -> str | None:
            return None if index == 5 else f"{index} version {self.version}"

        log = ""

    return Numbered


@pytest.mark.parametrize("engine", ENGINES)
def test_a_subclass_with_keys_is_cached(tmp_path: Path, cache: str, engine: str) -> None:
    numbered = make_numbered()
    numbered.log = str(tmp_path / "log")
    arguments: dict[str, Any] = {"num_samples": 6, "num_classes": 3, "additional_targets": {"depth": "image"}}
    expected = epochs(numbered(workers=0, **arguments))
    Path(numbered.log).touch()
    with numbered(cache=cache, **arguments, **ENGINES[engine]) as sequence:
        assert epochs(sequence) == expected
    loaded = Path(numbered.log).read_text().split()
    assert loaded.count("5") == 3
    # The first and the last sample of the first batch are loaded once more, to see whether that draws anything, and the
    # first one twice more, to see whether that gives the same.
    looked_at = map(str, sequence._loader.indices(0).samples[[0, -1, 0, 0]])
    assert sorted(loaded) == sorted(["0", "1", "2", "3", "4", "5", "5", "5", *looked_at])
    numbered.version = 2
    with numbered(cache=cache, **arguments) as sequence:
        assert epochs(sequence) == epochs(numbered(workers=0, **arguments)) != expected


def test_a_key_may_build_on_that_of_the_files(pairs: Pairs, tmp_path: Path, decoded: list[str]) -> None:
    class Brighter(SegmentationSequence):
        def load(self, index: int) -> Any:
            loaded = super().load(index)
            return {**loaded, "image": loaded["image"] | 128}

        def cache_key(self, index: int) -> str | None:
            return f"{super().cache_key(index)} brighter 1"

    # Each run loads two pairs once more, to see whether `load` draws anything, and one twice more, to see whether that
    # gives the same.
    looked_at = 8
    for _ in range(2):
        epochs(Brighter(pairs.images, pairs.masks, palette=PALETTE, cache=tmp_path / "cache", workers=0))
    assert len(decoded) == 12 + 2 * looked_at
    status = os.stat(pairs.masks[0])
    os.utime(pairs.masks[0], ns=(status.st_atime_ns, status.st_mtime_ns + 1000))
    epochs(Brighter(pairs.images, pairs.masks, palette=PALETTE, cache=tmp_path / "cache", workers=0))
    assert len(decoded) == 14 + 3 * looked_at


def test_a_cache_that_keeps_nothing_is_warned_of(pairs: Pairs) -> None:
    class Own(SegmentationSequence):
        def load(self, index: int) -> Any:
            return {"image": np.zeros((8, 8, 3), np.uint8), "mask": np.zeros((8, 8), np.uint8)}

    with pytest.warns(UserWarning, match=r"keeps nothing: override cache_key\(self, index\) beside load"):
        Own(num_samples=3, num_classes=2, cache="memory")
    with pytest.warns(UserWarning, match="keeps nothing: arrays are in memory already"):
        SegmentationSequence(pairs.pixels, pairs.ids, cache="memory")


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"cache": 3}, TypeError, r'cache=3; expected None, "memory" or a directory'),
        ({"cache_limit": "1GB"}, ValueError, r"cache_limit='1GB' without cache"),
        ({"cache": "folder", "cache_limit": 5}, ValueError, r'cache_limit is for cache="memory"'),
        ({"cache": "memory", "cache_limit": "1 apple"}, ValueError, r"cache_limit='1 apple'; expected a number of byt"),
        ({"cache": "memory", "cache_limit": 0}, ValueError, r"cache_limit=0; expected at least 1"),
        ({"cache": "memory", "cache_limit": 1.5}, TypeError, r"cache_limit=1.5; expected an integer"),
        ({"cache": "."}, ValueError, r"holds other files; expected a new or empty directory"),
    ],
)
def test_wrong_arguments(
    pairs: Pairs, arguments: dict[str, Any], error: type[Exception], message: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(Path(pairs.images[0]).parent)
    with pytest.raises(error, match=message):
        make(pairs, **arguments)
