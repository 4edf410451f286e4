"""What the README says is so: its code runs, its table is complete, its commands are those of the checks."""

import inspect
import re
import subprocess
import sys
from pathlib import Path

import pytest

from seqaug import SegmentationSequence
from seqaug.demo.dataset import make_demo_dataset

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", README, re.DOTALL)


def test_every_python_block_runs(tmp_path: Path) -> None:
    """One after another, as a reader would, in a folder with the demonstration set."""
    make_demo_dataset(tmp_path / "data", train=24, val=8, size=(96, 128))
    code = "\n".join(blocks("python"))
    assert len(blocks("python")) == 24
    done = subprocess.run(
        [sys.executable, "-W", "error::UserWarning:seqaug", "-c", code],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr


def test_the_commands_are_those_of_the_checks() -> None:
    assert [command.split(" && ")[-1].split("/bin/")[1].strip() for command in blocks("bash")] == [
        "python scripts/train_segnet.py",
        "pytest",
        "python scripts/benchmarks/throughput.py",
    ]
    assert re.search(r'^"\$environment/bin/pytest"$', (ROOT / ".ci" / "run").read_text(encoding="utf-8"), re.MULTILINE)


def test_every_argument_is_in_the_table() -> None:
    table = README.split("## Arguments")[1].split("\n## ")[0]
    for name, parameter in inspect.signature(SegmentationSequence).parameters.items():
        assert re.search(rf"^\|.*`{name}`", table, re.MULTILINE), name
        if isinstance(parameter.default, int | str) and not isinstance(parameter.default, float):
            written = re.search(rf"^\| `{name}` \| `(.*?)` \|", table, re.MULTILINE)
            assert written is not None, name
            assert written[1] == repr(parameter.default).replace("'", '"'), name


@pytest.mark.parametrize("link", re.findall(r"\]\(([^)#]+)\)", README))
def test_every_link_leads_somewhere(link: str) -> None:
    assert (ROOT / link).is_file()
