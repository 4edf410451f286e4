"""Commands that read URLs, and none that write to them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from file_server import FileServer
from small_pairs import COLORS, Pairs

from seqaug import Palette
from seqaug.cli.main import main

Printed = pytest.CaptureFixture[str]


@pytest.fixture
def words(tmp_path: Path, pairs: Pairs, server: FileServer) -> dict[str, list[str]]:
    """The arguments of commands, for local files and for URLs of the same."""
    lines = (f"{name},{r},{g},{b}\n" for name, (r, g, b) in COLORS.items())
    (tmp_path / "palette.csv").write_text("name,r,g,b\n" + "".join(lines))
    assert pairs.images[0].startswith(str(tmp_path / "data"))
    return {
        root: [f"{root}/data/images", f"{root}/data/masks", "--palette", f"{root}/palette.csv", "--ignore", "void"]
        for root in (str(tmp_path), server.url)
    }


def printed(capsys: Printed, *words: str) -> object:
    assert main([*words, "--json"]) == 0
    return json.loads(capsys.readouterr().out)


def refused(capsys: Printed, *words: str) -> str:
    with pytest.raises(SystemExit) as stopped:
        main(words)
    assert stopped.value.code == 2
    return capsys.readouterr().err


def test_check(words: dict[str, list[str]], capsys: Printed) -> None:
    here, there = (printed(capsys, "check", *given, "--workers", "0") for given in words.values())
    assert here == there
    assert isinstance(here, dict)
    assert here["samples"] == 6


def test_stats(words: dict[str, list[str]], capsys: Printed) -> None:
    here, there = (printed(capsys, "stats", *given[1:], "--workers", "0") for given in words.values())
    assert here == there
    _, (_, masks, *labels) = words.values()
    one = printed(capsys, "stats", f"{masks}/000.png", *labels, "--workers", "0")
    assert isinstance(one, dict)
    assert one["images"] == 1


def test_preview(words: dict[str, list[str]], tmp_path: Path, capsys: Printed) -> None:
    pytest.importorskip("matplotlib")
    pictures = []
    for given in words.values():
        printed(capsys, "preview", *given, "-n", "1", "-o", str(tmp_path / "shown.png"))
        pictures.append((tmp_path / "shown.png").read_bytes())
    assert pictures[0] == pictures[1]


def test_palette(words: dict[str, list[str]], tmp_path: Path, capsys: Printed) -> None:
    here, there = (printed(capsys, "palette", "infer", given[1]) for given in words.values())
    assert here == there
    here, there = (printed(capsys, "palette", "show", *given[3:]) for given in words.values())
    assert here == there
    _, (_, masks, *labels) = words.values()
    made = printed(capsys, "palette", "convert", masks, str(tmp_path / "ids"), *labels, "--workers", "0")
    assert isinstance(made, dict)
    assert made["failed"] == []
    assert made["written"][0] == {"source": f"{masks}/000.png", "target": str(tmp_path / "ids" / "000.png")}
    assert Palette.infer(tmp_path / "ids").colors[:, 0].tolist() == [0, 1, 2, 255]


@pytest.mark.parametrize(
    "command",
    [
        ("preview", "i", "m", "-o", "s3://b/p.png"),
        ("stats", "m", "--num-classes", "3", "--plot", "s3://b/p.png"),
        ("palette", "infer", "m", "-o", "s3://b/p.csv"),
        ("palette", "show", "voc", "-o", "s3://b/p.png"),
        ("palette", "convert", "m", "s3://b/ids", "--palette", "voc"),
        ("demo-data", "s3://b/data"),
        ("cache", "clear", "s3://b/cache"),
    ],
)
def test_nothing_is_written_to_urls(command: tuple[str, ...], capsys: Printed) -> None:
    assert "is a URL; expected a local path" in refused(capsys, *command)


def test_what_is_not_there(server: FileServer, capsys: Printed) -> None:
    error = refused(capsys, "check", f"{server.url}/none", f"{server.url}/none", "--workers", "0")
    assert f"{server.url}/none/: no such file or folder" in error


def test_secrets_of_urls_are_not_printed(words: dict[str, list[str]], tmp_path: Path, capsys: Printed) -> None:
    _, (images, masks, *labels) = words.values()
    signed = f"{masks}?X-Amz-Signature=abc123"
    (tmp_path / "data" / "masks" / "001.png").write_bytes(b"damaged")
    (tmp_path / "data" / "images" / "002.png").unlink()
    assert main(["check", images, signed, *labels, "--workers", "0"]) == 1
    assert main(["check", images, signed, *labels, "--workers", "0", "--json"]) == 1
    out = str(tmp_path / "ids")
    for words_ in (["palette", "convert", signed, out], ["palette", "convert", signed, out, "--json", "--force"]):
        assert main([*words_, *labels, "--workers", "0"]) == 1
    outputs = capsys.readouterr()
    assert f"{masks}/001.png?***" in outputs.out
    assert f"{masks}/001.png?***" in outputs.err
    refusals = refused(capsys, "check", f"{images}/none?sig=abc123", signed, "--workers", "0")
    refusals += refused(capsys, "palette", "show", "voc", "-o", "https://h/p.png?sig=abc123")
    assert "none/?***: no such file" in refusals
    assert "abc123" not in outputs.out + outputs.err + refusals
