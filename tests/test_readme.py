"""What the README shows: short, with the commands of the checks, and addresses that work on a package index's page."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
ADDRESSES = re.findall(r"\]\(([^)]+)\)", README)
PICTURES = "https://raw.githubusercontent.com/seqaug/seqaug/main/"
SITE = "https://seqaug.github.io/seqaug/"


def test_it_is_short() -> None:
    assert len(README.splitlines()) <= 150


def test_the_commands_are_those_of_the_checks() -> None:
    commands = re.findall(r"```bash\n(.*?)```", README, re.DOTALL)
    assert [command.split(" && ")[-1].strip().removeprefix(".venv/bin/") for command in commands] == [
        "python scripts/train_segnet.py",
        "pytest",
        'pip install ".[fast]"',
        "python scripts/benchmarks/throughput.py",
    ]
    assert re.search(r'^"\$environment/bin/pytest"$', (ROOT / ".ci" / "run").read_text(encoding="utf-8"), re.MULTILINE)


def test_pictures_and_pages_are_linked() -> None:
    assert sum(address.startswith(PICTURES) for address in ADDRESSES) >= 1
    assert sum(address.startswith(SITE) for address in ADDRESSES) >= 10


@pytest.mark.parametrize("address", ADDRESSES)
def test_every_link_leads_somewhere(address: str) -> None:
    if address.startswith(PICTURES):
        assert (ROOT / address.removeprefix(PICTURES)).is_file()
        return
    assert address.startswith(SITE)
    name, _, heading = address.removeprefix(SITE).partition("#")
    name = name.rstrip("/")
    pages = [ROOT / "docs" / f"{name}.md", ROOT / "docs" / name / "index.md"]
    (page,) = (page for page in pages if page.is_file())
    headings = re.findall(r"^##+ (.*)", page.read_text(encoding="utf-8"), re.MULTILINE)
    assert heading in {"", *(re.sub(r"[^\w -]", "", one.lower()).replace(" ", "-") for one in headings)}


def test_the_package_index_shows_the_same_addresses() -> None:
    setup = (ROOT / "setup.cfg").read_text(encoding="utf-8")
    assert f"Documentation = {SITE}\n" in setup
    assert f"site_url: {SITE}\n" in (ROOT / "mkdocs.yml").read_text(encoding="utf-8")
    assert "long_description = file: README.md\n" in setup
