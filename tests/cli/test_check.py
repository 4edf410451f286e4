"""`seqaug check`."""

import json
from pathlib import Path

import pytest
from faulty import write_faulty
from small_pairs import write_pairs

from seqaug.checking.issue_types import ISSUE_TYPES
from seqaug.cli.main import main


@pytest.fixture
def palette(tmp_path: Path) -> str:
    path = tmp_path / "palette.csv"
    path.write_text("name,r,g,b\nground,10,20,30\nwall,200,100,0\nlamp,0,255,255\nvoid,0,0,0\n")
    return str(path)


def words(folder: Path, palette: str) -> list[str]:
    directories = [str(folder / part / kind) for part in ("train", "val") for kind in ("images", "masks")]
    train, val = directories[:2], ["--val-images", directories[2], "--val-masks", directories[3]]
    return ["check", *train, *val, "--palette", palette, "--ignore", "void", "--workers", "0"]


def test_issues_by_type_with_paths_and_hints(tmp_path: Path, palette: str, capsys: pytest.CaptureFixture[str]) -> None:
    expected = write_faulty(tmp_path)
    assert main(words(tmp_path, palette)) == 1
    out = capsys.readouterr().out
    for issue_type, paths in expected:
        assert ISSUE_TYPES[issue_type].title in out
        for path in paths:
            assert path in out
    assert out.count("\n  -> ") == len({issue_type for issue_type, _ in expected})
    assert out.endswith(f"19 samples checked: {len(expected)} issues\n")


def test_for_machines(tmp_path: Path, palette: str, capsys: pytest.CaptureFixture[str]) -> None:
    expected = write_faulty(tmp_path)
    assert main([*words(tmp_path, palette), "--json"]) == 1
    parsed = json.loads(capsys.readouterr().out)
    assert parsed["samples"] == 19
    assert {(issue["type"], tuple(issue["paths"])) for issue in parsed["issues"]} == expected
    assert all(parsed["hints"][issue_type] for issue_type, _ in expected)


def test_a_clean_data_set_has_no_issues(tmp_path: Path, palette: str, capsys: pytest.CaptureFixture[str]) -> None:
    write_pairs(tmp_path / "train")
    write_pairs(tmp_path / "val", seed=1)
    assert main(words(tmp_path, palette)) == 0
    assert capsys.readouterr().out == "12 samples checked: no issues found\n"


def test_only_the_first_paths_unless_all_are_asked_for(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pairs = write_pairs(tmp_path / "train", 9)
    for path in pairs.masks[1:]:
        Path(path).unlink()
    asked = ["check", str(tmp_path / "train/images"), str(tmp_path / "train/masks"), "--workers", "0"]
    assert main(asked) == 1
    out = capsys.readouterr().out
    assert pairs.images[5] in out
    assert pairs.images[6] not in out
    assert "and 3 more (--all lists them)" in out
    assert out.endswith("pass --palette or --num-classes.\n")
    assert main([*asked, "--all"]) == 1
    assert pairs.images[8] in capsys.readouterr().out


def test_images_or_colors_for_masks_are_never_fine(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_pairs(tmp_path / "train")
    images, masks = str(tmp_path / "train/images"), str(tmp_path / "train/masks")
    with pytest.raises(SystemExit) as stopped:
        main(["check", images, images, "--workers", "0"])
    assert stopped.value.code == 2
    assert f"images and masks are both {images}, so each file" in capsys.readouterr().err
    for pair, title in (
        ((images, masks), "masks without class ids: 6"),
        ((masks, images), "folders that look wron"),
    ):
        assert main(["check", *pair, "--workers", "0"]) == 1
        assert title in capsys.readouterr().out


@pytest.mark.parametrize(
    ("more", "message"),
    [
        (["--val-images", "x"], "expected both --val-images and --val-masks"),
        (["--ignore", "void"], "expected --palette as well"),
        (["--palette", "camvit"], "did you mean 'camvid'?"),
        (["--palette", "camvid", "--num-classes", "3"], "leave num_classes out"),
        (["--workers", "-1"], "--workers=-1; expected at least 0"),
    ],
)
def test_wrong_use(tmp_path: Path, capsys: pytest.CaptureFixture[str], more: list[str], message: str) -> None:
    write_pairs(tmp_path / "train", 1)
    with pytest.raises(SystemExit) as stopped:
        main(["check", str(tmp_path / "train/images"), str(tmp_path / "train/masks"), *more])
    assert stopped.value.code == 2
    assert message in capsys.readouterr().err


def test_a_directory_that_is_not_there(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stopped:
        main(["check", str(tmp_path / "a"), str(tmp_path / "b")])
    assert stopped.value.code == 2
    assert "is not a directory" in capsys.readouterr().err
