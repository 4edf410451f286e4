"""`seqaug palette`."""

import json
from pathlib import Path

import cv2
import numpy as np
import pytest
from indexed import write_indexed
from small_pairs import COLORS, Pairs

from seqaug import Palette
from seqaug.cli.main import main
from seqaug.reading.masks import read_class_ids, read_mask_colors

Printed = pytest.CaptureFixture[str]


@pytest.fixture
def palette(tmp_path: Path) -> list[str]:
    lines = (f"{name},{r},{g},{b}\n" for name, (r, g, b) in COLORS.items())
    (tmp_path / "palette.csv").write_text("name,r,g,b\n" + "".join(lines))
    return ["--palette", str(tmp_path / "palette.csv"), "--ignore", "void"]


def wrong(capsys: Printed, *words: str) -> str:
    with pytest.raises(SystemExit) as stopped:
        main(words)
    assert stopped.value.code == 2
    return capsys.readouterr().err


def test_infer_prints_or_writes_a_palette(pairs: Pairs, tmp_path: Path, capsys: Printed) -> None:
    folder, path = str(Path(pairs.masks[0]).parent), tmp_path / "found.csv"
    assert main(["palette", "infer", folder]) == 0
    text = capsys.readouterr().out
    assert main(["palette", "infer", folder, "-o", str(path)]) == 0
    assert capsys.readouterr().out == f"4 colours written to {path}\n"
    assert path.read_text() == text
    assert Palette.from_csv(path) == Palette.infer(folder)
    assert main(["palette", "infer", folder, "--json"]) == 0
    assert sorted(map(tuple, json.loads(capsys.readouterr().out).values())) == sorted(COLORS.values())
    assert "already exists" in wrong(capsys, "palette", "infer", folder, "-o", str(path))
    assert main(["palette", "infer", folder, "-o", str(path), "--force"]) == 0
    assert "max_colors=3" in wrong(capsys, "palette", "infer", folder, "--max-colors", "3")


def test_show_prints_a_palette(palette: list[str], capsys: Printed) -> None:
    words = ["palette", "show", *palette[1:]]
    assert main(words) == 0
    rows = [line.split() for line in capsys.readouterr().out.splitlines()]
    assert rows[0] == ["name", "id", "r", "g", "b"]
    assert rows[1] == ["ground", "0", "10", "20", "30"]
    assert rows[-1] == ["void", "ignored", "0", "0", "0"]
    assert main([*words, "--json"]) == 0
    parsed = json.loads(capsys.readouterr().out)
    assert parsed[0] == {"id": 0, "name": "ground", "color": [10, 20, 30]}
    assert parsed[-1] == {"id": None, "name": "void", "color": [0, 0, 0]}


def test_show_draws_a_palette(palette: list[str], tmp_path: Path, capsys: Printed) -> None:
    path = tmp_path / "palette.png"
    assert main(["palette", "show", *palette[1:], "-o", str(path)]) == 0
    picture = cv2.imread(str(path))
    for color in COLORS.values():
        assert (picture == color[::-1]).all(axis=-1).sum() > 200


def test_show_takes_built_in_palettes_and_indexed_pngs(tmp_path: Path, capsys: Printed) -> None:
    assert main(["palette", "show", "camvid", "--ignore", "Sky"]) == 0
    rows = [line.split() for line in capsys.readouterr().out.splitlines()]
    assert rows[1][:2] == ["Building", "0"]
    assert [row[0] for row in rows if row[1] == "ignored"] == ["Sky", "Void"]
    indexed = write_indexed(tmp_path / "indexed.png", [[10, 20, 30], [0, 0, 0]])
    assert main(["palette", "show", str(indexed)]) == 0
    assert capsys.readouterr().out.splitlines()[1].split() == ["class_0", "0", "10", "20", "30"]
    assert "did you mean 'camvid'" in wrong(capsys, "palette", "show", "camvit")


@pytest.mark.parametrize("workers", ["0", "2"])
def test_convert_there_and_back(pairs: Pairs, palette: list[str], tmp_path: Path, workers: str) -> None:
    deep = Path(pairs.masks[0]).parent / "a" / "b.bmp"
    deep.parent.mkdir()
    cv2.imwrite(str(deep), cv2.imread(pairs.masks[0]))
    masks, ids, colors = str(deep.parents[1]), str(tmp_path / "ids"), str(tmp_path / "colors")
    assert main(["palette", "convert", masks, ids, *palette, "--workers", workers]) == 0
    for path, expected in zip(pairs.masks, pairs.ids, strict=True):
        assert np.array_equal(read_class_ids(Path(ids, Path(path).name)), expected)
    assert np.array_equal(read_class_ids(Path(ids, "a", "b.png")), pairs.ids[0])
    assert main(["palette", "convert", ids, colors, *palette, "--to", "colors", "--workers", workers]) == 0
    for path in pairs.masks:
        assert np.array_equal(read_mask_colors(Path(colors, Path(path).name)), read_mask_colors(path))


def test_convert_overwrites_only_when_told_to(
    pairs: Pairs, palette: list[str], tmp_path: Path, capsys: Printed
) -> None:
    out = tmp_path / "ids"
    out.mkdir()
    mine = out / Path(pairs.masks[3]).name
    mine.write_text("mine")
    words = ["palette", "convert", str(Path(pairs.masks[0]).parent), str(out), *palette, "--workers", "0"]
    assert "1 of 6 files exist already" in wrong(capsys, *words)
    assert mine.read_text() == "mine"
    assert list(out.iterdir()) == [mine]
    assert main([*words, "--force"]) == 0
    assert np.array_equal(read_class_ids(mine), pairs.ids[3])


def test_convert_names_what_it_could_not(pairs: Pairs, palette: list[str], tmp_path: Path, capsys: Printed) -> None:
    cv2.imwrite(pairs.masks[2], np.full((4, 4, 3), 77, np.uint8))
    words = ["palette", "convert", str(Path(pairs.masks[0]).parent), str(tmp_path / "ids"), *palette, "--workers", "0"]
    assert main([*words, "--json"]) == 1
    parsed = json.loads(capsys.readouterr().out)
    assert len(parsed["written"]) == 5
    assert [failed["source"] for failed in parsed["failed"]] == [pairs.masks[2]]
    assert len(list((tmp_path / "ids").iterdir())) == 5
    assert main([*words, "--force"]) == 1
    assert f"not converted: {pairs.masks[2]}: 16 of 16 pixels" in capsys.readouterr().err
