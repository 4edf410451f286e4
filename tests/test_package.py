"""The package as a whole: its names, what importing it costs, and which way its imports run."""

import ast
import os
import subprocess
import sys
from importlib.metadata import entry_points, requires, version
from pathlib import Path

import pytest

import seqaug
from seqaug.demo.dataset import make_demo_dataset

ROOT = Path(__file__).parents[1] / "seqaug"
# The rooms of the house from the ground up: each may import those before it, and itself.
STOREYS = [
    ["_version", "utils"],
    ["errors"],
    ["core"],
    ["remote", "ray", "demo"],
    ["reading", "statistics"],
    ["palette", "sources", "sampling", "augmentation"],
    ["cache", "engines"],
    ["pipeline"],
    ["loader", "jobs", "callbacks"],
    ["visualization", "checking", "profiling", "losses"],
    ["metrics"],
    ["sequence"],
    ["inference"],
    ["cli"],
]


def run(code: str) -> str:
    """Run code in a Python of its own."""
    environment = {name: value for name, value in os.environ.items() if name != "NO_ALBUMENTATIONS_UPDATE"}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=environment, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_the_public_names_are_what_was_meant() -> None:
    assert seqaug.__all__ == [
        "ClassCrop",
        "ClassMix",
        "ClassStatistics",
        "ClassUniform",
        "ClassWeights",
        "ClassificationArguments",
        "ClassificationSequence",
        "CopyPaste",
        "CutMix",
        "Evaluation",
        "InputMonitor",
        "LossSampling",
        "MixUp",
        "MixingTransform",
        "Mixture",
        "Palette",
        "RareClass",
        "ReadError",
        "RepeatFactor",
        "ResumeEpoch",
        "SampleError",
        "Sampler",
        "SegmentationArguments",
        "SegmentationSequence",
        "SeqaugWarning",
        "TiledPredictor",
        "Tiles",
        "TransformError",
        "UnknownColorError",
        "__version__",
        "evaluate",
        "image_data_generator_transform",
        "losses",
        "metrics",
    ]
    assert dir(seqaug) == seqaug.__all__
    for name in seqaug.__all__:
        assert getattr(seqaug, name) is not None


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match=r"module 'seqaug' has no attribute 'Sequence'; it has ClassCrop"):
        seqaug.Sequence  # noqa: B018


def test_the_version_is_that_of_the_distribution() -> None:
    assert version("seqaug") == seqaug.__version__


def test_typing_information_is_installed() -> None:
    assert (Path(seqaug.__file__).parent / "py.typed").is_file()


def test_the_command_is_installed() -> None:
    (command,) = entry_points(group="console_scripts", name="seqaug")
    assert callable(command.load())


def test_nothing_heavy_is_imported_before_it_is_needed() -> None:
    heavy = "print(sorted({'keras', 'tensorflow', 'torch', 'albumentations', 'cv2', 'numpy'} & set(sys.modules)))"
    assert run(f"import sys, seqaug; {heavy}") == "[]"
    assert run(f"import sys; from seqaug import Palette; Palette.named('voc'); {heavy}") == "['cv2', 'numpy']"
    modules = "seqaug.loader.data_loader, seqaug.statistics.class_statistics, seqaug.cli.main, seqaug.demo.dataset"
    # Albumentations imports torch where it is installed.
    assert run(f"import sys, {modules}; {heavy}").replace(", 'torch'", "") == "['albumentations', 'cv2', 'numpy']"
    commands = "seqaug.checking.directories, seqaug.jobs.convert_masks, seqaug.jobs.class_scan"
    commands += ", seqaug.sequence.label_arguments, seqaug.sequence.additional_arguments"
    assert run(f"import sys, {commands}; {heavy}") == "['cv2', 'numpy']"
    assert run("import sys; from seqaug import SegmentationSequence; print('keras' in sys.modules)") == "True"


def test_importing_albumentations_does_not_ask_the_network() -> None:
    asking = "import socket; socket.getaddrinfo = lambda *where, **how: print('asked for', where)"
    assert run(f"{asking}; import seqaug.augmentation.augmenter") == ""
    # And it would have been seen.
    assert run(f"{asking}; import albumentations").startswith("asked for")


def test_only_one_room_knows_albumentations() -> None:
    for path in ROOT.rglob("*.py"):
        if path.relative_to(ROOT).parts[0] != "augmentation":
            assert not any(name.split(".")[0] == "albumentations" for name in imported(path)), path


def test_only_one_room_knows_fsspec() -> None:
    for path in ROOT.rglob("*.py"):
        if path.relative_to(ROOT).parts[0] != "remote":
            assert not any(name.split(".")[0] == "fsspec" for name in imported(path)), path


def test_local_files_are_read_without_fsspec(tmp_path: Path) -> None:
    make_demo_dataset(tmp_path, train=1, val=1, size=(32, 32))
    read = f"""
import sys
from seqaug.palette.coercion import as_palette
from seqaug.sources.discovery.pairing import pair_directories
from seqaug.sources.files import FilePairs
images, masks = pair_directories(r"{tmp_path}/train/images", r"{tmp_path}/train/masks")
pairs = FilePairs(images, masks, color_mode="rgb", colored_masks=as_palette(r"{tmp_path}/palette.csv") is not None)
pairs.load(0)
assert pairs.cache_key(0)
print(len(pairs), sorted({{"aiohttp", "asyncio", "fsspec"}} & set(sys.modules)))
"""
    assert run(read) == "1 []"


def test_few_files_import_keras_and_one_tensorflow() -> None:
    known = {
        "keras_base.py": {"keras"},
        "loss_sampling.py": {"keras"},
        "model_file.py": {"keras"},
        "sharding.py": {"keras"},
        "tf_data.py": {"tensorflow"},
    }
    rooms = {"losses": {"keras"}, "metrics": {"keras"}}
    for path in ROOT.rglob("*.py"):
        frameworks = {name.split(".")[0] for name in imported(path)} & {"keras", "tensorflow"}
        assert frameworks <= known.get(path.name, set()) | rooms.get(path.parent.name, set()), path


def test_imports_run_one_way() -> None:
    storey = {room: height for height, rooms in enumerate(STOREYS) for room in rooms}
    for path in ROOT.rglob("*.py"):
        room = path.relative_to(ROOT).parts[0].removesuffix(".py")
        if room == "__init__":
            continue
        for name in imported(path):
            if name.startswith("seqaug."):
                other = name.split(".")[1]
                assert other == room or storey[other] < storey[room], f"{path} imports {name}"


def test_no_modules_import_each_other_in_a_circle() -> None:
    modules = {".".join(path.relative_to(ROOT.parent).with_suffix("").parts): path for path in ROOT.rglob("*.py")}
    waiting = {name: {other for other in imported(path) if other in modules} for name, path in modules.items()}
    while waiting:
        ready = {name for name, others in waiting.items() if not others & waiting.keys()}
        assert ready, f"a circle among {sorted(waiting)}"
        for name in ready:
            del waiting[name]


def imported(path: Path) -> list[str]:
    """List the modules that a file imports."""
    names = []
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            names.append(node.module or "")
    return names


def test_every_dependency_says_its_lowest_version() -> None:
    for requirement in requires("seqaug") or []:
        assert ">=" in requirement, requirement
        assert "<" not in requirement, requirement
