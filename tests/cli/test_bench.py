"""`seqaug bench`."""

from __future__ import annotations

import json
from pathlib import Path

import albumentations as A  # noqa: N812
import pytest
from small_pairs import Pairs

from seqaug.cli.main import main
from seqaug.reading.png_decoders import png_decoder_name


@pytest.fixture
def words(pairs: Pairs, tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    palette = tmp_path_factory.mktemp("palette") / "palette.csv"
    palette.write_text("name,r,g,b\nground,10,20,30\nwall,200,100,0\nlamp,0,255,255\nvoid,0,0,0\n")
    folders = [path.rsplit("/", 1)[0] for path in (pairs.images[0], pairs.masks[0])]
    quick = ["--batch-size", "3", "--workers", "0", "--seconds", "0.1"]
    return ["bench", *folders, "--palette", str(palette), "--ignore", "void", *quick]


def test_for_people(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*words, "--samples-per-second", "0.001"]) == 0
    out = capsys.readouterr().out
    assert out.startswith("6 samples, batches of 3\n")
    for text in (
        "decode image",
        "inline",
        "rescale=None",
        "Memory: a batch ",
        f"PNG decoder: {png_decoder_name(is_parallel=False)}",
        "it will not wait; workers=0 is enough.",
    ):
        assert text in out


def test_for_machines(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*words, "--step-ms", "0.0001", "--json"]) == 1
    parsed = json.loads(capsys.readouterr().out)
    assert parsed["recommendation"]["wait_fraction"] > 0.9
    assert parsed["workers"][0]["samples_per_second"] > 0
    assert set(parsed["stages_ms"]) == {"read", "decode image", "decode mask", "class ids", "write row"}


def test_prepare_is_a_stage(words: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    A.save(A.Resize(12, 16), tmp_path / "prepare.json")
    main([*words, "--prepare", str(tmp_path / "prepare.json"), "--json"])
    parsed = json.loads(capsys.readouterr().out)
    assert parsed["stages_ms"]["prepare"] > 0
    # Six samples of 12x16 pixels: three channels and an id.
    assert parsed["memory"]["cache"] == 6 * 12 * 16 * 4


@pytest.mark.parametrize(
    ("more", "message"),
    [
        (["--step-ms", "0"], "--step-ms=0.0; expected a number above 0"),
        (["--step-ms", "1", "--samples-per-second", "1"], "not allowed with argument"),
        (["--batch-size", "0"], "--batch-size=0; expected at least 1"),
        (["--workers", "-1"], "--workers=-1; expected at least 0"),
        (["--seconds", "nan"], "--seconds=nan; expected a number above 0"),
    ],
)
def test_wrong_use(words: list[str], capsys: pytest.CaptureFixture[str], more: list[str], message: str) -> None:
    with pytest.raises(SystemExit) as ended:
        main([*words, *more])
    assert ended.value.code == 2
    assert message in capsys.readouterr().err
