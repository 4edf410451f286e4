"""What the README and the pages of the site say is so: their code runs, their commands print what they say."""

from __future__ import annotations

import inspect
import re
import shlex
import shutil
from pathlib import Path
from typing import Any

import cv2
import matplotlib
import numpy as np
import pytest

import seqaug
from seqaug import SegmentationSequence
from seqaug.cli.main import main
from seqaug.demo.dataset import make_demo_dataset

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
PAGES = [ROOT / "README.md", *sorted(DOCS.rglob("*.md"))]
FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.DOTALL | re.MULTILINE)
# What else stands in blocks; code in a block of another language would not run.
NOT_RUN = {"", "bash", "dockerfile", "mermaid", "text"}
PICTURES = ("classes.png", "palette.png", "preview.png")


def named(page: Path) -> str:
    """Name a page: its path below docs/, or README.md."""
    return (page.relative_to(DOCS) if page.is_relative_to(DOCS) else page.relative_to(ROOT)).as_posix()


def blocks(page: Path) -> list[tuple[str, str]]:
    """List the fenced blocks of a page: the language and the text."""
    return FENCE.findall(page.read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a folder with a smaller demonstration set, which all pages share."""
    folder = tmp_path_factory.mktemp("demo") / "data"
    make_demo_dataset(folder, train=24, val=8, size=(96, 128))
    return folder


def run_blocks(page: Path) -> list[str]:
    """List the languages of a page's blocks that run."""
    return [language for language, _ in blocks(page) if language in {"python", "console"}]


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_no_block_is_lost(page: Path) -> None:
    """Every fence, indented ones and those of tildes too, is one of a block that runs or need not run."""
    text = page.read_text(encoding="utf-8")
    assert len(re.findall(r"^\s*(?:```|~~~)", text, re.MULTILINE)) == 2 * len(blocks(page))
    for language, block in blocks(page):
        assert language in {"python", "console"} | NOT_RUN
        if language in {"", "text"}:
            assert not re.search(r"^(?:import|from) \w|^\$ seqaug ", block, re.MULTILINE)


@pytest.mark.parametrize("page", [page for page in PAGES if run_blocks(page)], ids=named)
def test_every_block_runs(
    page: Path,
    small: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """One after another, as a reader would, beside the demonstration set; commands print what the page says."""
    has_commands = "console" in run_blocks(page)
    if has_commands:
        make_demo_dataset(tmp_path / "data")
    else:
        shutil.copytree(small, tmp_path / "data")
    monkeypatch.chdir(tmp_path)
    names: dict[str, Any] = {"__name__": "__main__"}
    for language, text in blocks(page):
        if language == "python":
            exec(compile(text, str(page), "exec"), names)
        elif language == "console":
            for command, expected in commands(text):
                run_command(command, expected, capsys)
    # Matplotlib before 3.11, the last for Python 3.10, draws letters otherwise, which moves what is below them.
    has_same_letters = tuple(map(int, matplotlib.__version__.split(".")[:2])) >= (3, 11)
    for picture in PICTURES if has_commands and has_same_letters else ():
        drawn, shown = (cv2.imread(str(folder / picture)).astype(int) for folder in (tmp_path, DOCS))
        # But for what decoders of another version do.
        assert drawn.shape == shown.shape
        assert (np.abs(drawn - shown) > 8).mean() < 0.02


def commands(text: str) -> list[tuple[list[str], str]]:
    """List the commands of a console block: their words, and what they print."""
    parts = re.split(r"^\$ ", text.replace("\\\n", " "), flags=re.MULTILINE)[1:]
    return [(shlex.split(part.split("\n")[0]), part.split("\n", 1)[1]) for part in parts]


def run_command(words: list[str], expected: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert words[0] == "seqaug"
    times = words[1] == "bench"
    # As few measurements as there can be, and a model that no machine keeps waiting.
    quick = ["--workers", "0", "--seconds", "0.1", "--step-ms", "100000"] if times else []
    capsys.readouterr()
    status = main([*words[1:], *quick])
    printed = capsys.readouterr().out
    assert status == (" issues\n" in expected)
    if times:
        # Stages and sections are the same on every machine, times are not.
        stages = [line.split()[0] for line in expected.split("\n\n")[1].splitlines()]
        assert [line.split()[0] for line in printed.split("\n\n")[1].splitlines()] == stages
        for words_before in (
            "samples, batches of",
            "samples/s  first batch",
            "Memory: a batch",
            "Bottleneck: ",
            "The model consumes",
        ):
            assert words_before in printed
            assert words_before in expected
    else:
        assert printed.split() == expected.split()


def test_every_argument_is_in_the_table() -> None:
    table = (DOCS / "arguments.md").read_text(encoding="utf-8")
    for name, parameter in inspect.signature(SegmentationSequence).parameters.items():
        assert re.search(rf"^\|.*`{name}`", table, re.MULTILINE), name
        if isinstance(parameter.default, int | str) and not isinstance(parameter.default, float):
            written = re.search(rf"^\| `{name}` \| `(.*?)` \|", table, re.MULTILINE)
            assert written is not None, name
            assert written[1] == repr(parameter.default).replace("'", '"'), name


def test_the_reference_has_every_public_name() -> None:
    pages = "\n".join(page.read_text(encoding="utf-8") for page in (DOCS / "reference").glob("*.md"))
    documented = re.findall(r"^::: seqaug\.(\w+)$", pages, re.MULTILINE)
    assert sorted(documented) == sorted({*seqaug.__all__, "ray"} - {"__version__"})


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_every_file_it_names_is_there(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    for file in re.findall(r"(?<![\w/.])((?:scripts|tests|seqaug|\.ci|\.github)/[\w./]*\w)", text):
        assert (ROOT / file).exists(), file


@pytest.mark.parametrize("page", [page for page in PAGES if page.parent != ROOT], ids=named)
def test_every_page_is_in_the_navigation(page: Path) -> None:
    navigation = (ROOT / "mkdocs.yml").read_text(encoding="utf-8").split("\nnav:\n")[1]
    assert re.search(rf" {re.escape(page.relative_to(DOCS).as_posix())}$", navigation, re.MULTILINE)


def test_the_architecture_names_what_is_there() -> None:
    page = (DOCS / "architecture.md").read_text(encoding="utf-8")
    sources = {path: path.read_text(encoding="utf-8") for path in (ROOT / "seqaug").rglob("*.py")}
    code = "\n".join(sources.values())
    diagrams = "\n".join(re.findall(r"```mermaid\n(.*?)```", page, re.DOTALL))
    assert diagrams.count("sequenceDiagram") == 2
    two_words = re.findall(r"\b(?:[A-Z][a-z]+){2,}\b", diagrams)
    participants = re.findall(r"participant \w as ([A-Z][a-z]+)\b", diagrams)
    messages = re.findall(r"[OW]-+>>[OW]: (\w+): ", diagrams)
    assert len(messages) == 2
    for name in {*two_words, *participants, *messages} - {"Keras"}:
        assert re.search(rf"^class {name}\b", code, re.MULTILINE), name
    for name in re.findall(r": (\w+)\(", diagrams):
        assert re.search(rf"^    def {name}\(", code, re.MULTILINE), name


def test_the_architecture_has_every_room_and_says_where_to_start() -> None:
    page = (DOCS / "architecture.md").read_text(encoding="utf-8")
    for room in (ROOT / "seqaug").iterdir():
        if (room / "__init__.py").is_file():
            assert f"`seqaug/{room.name}/`" in page, room.name
    table = page.split("## Where to start")[1].split("\n## ")[0]
    rows = [line for line in table.splitlines() if line.startswith("| a")]
    assert len(rows) == 4
    for row in rows:
        quoted = re.findall(r"`(.*?)`", row)
        files = [(ROOT / one).read_text(encoding="utf-8") for one in quoted if "/" in one]
        for name in quoted:
            assert "/" in name or any(re.search(rf"\b{name}\b", text) for text in files), name
