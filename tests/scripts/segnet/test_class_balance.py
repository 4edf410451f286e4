import re
from pathlib import Path
from types import ModuleType

import cv2
import numpy as np
import pytest
from script_modules import SCRIPTS


@pytest.fixture
def class_balance(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.syspath_prepend(SCRIPTS / "segnet")
    import class_balance

    return class_balance


def times(printed: str) -> dict[str, float]:
    return {name: float(number) for name, number in re.findall(r"^- (.+): ([\d.]+) times$", printed, re.MULTILINE)}


def tables(printed: str) -> list[dict[str, list[float]]]:
    """Parse the Markdown tables: the numbers of each class."""
    found = []
    for block in re.findall(r"(?:^\|.*\n)+", printed, re.MULTILINE):
        lines = [[cell.strip() for cell in line.split("|")[1:-1]] for line in block.splitlines()]
        assert len({len(line) for line in lines}) == 1
        found.append({name: [float(cell.rstrip("%")) for cell in cells] for name, *cells in lines[2:]})
    return found


def write(folder: Path, masks: np.ndarray) -> list[str]:
    """Write images, and masks of ground and lamp; return the options for them."""
    colors = np.array([(10, 20, 30), (0, 255, 255), (0, 0, 0)], np.uint8)
    for kind in ("images", "masks"):
        (folder / kind).mkdir()
        for number, ids in enumerate(masks):
            cv2.imwrite(str(folder / kind / f"{number}.png"), colors[ids][..., ::-1])
    palette = folder / "palette.csv"
    palette.write_text("name,r,g,b\nground,10,20,30\nlamp,0,255,255\nVoid,0,0,0\n", encoding="utf-8")
    return ["--images", str(folder / "images"), "--masks", str(folder / "masks"), "--palette", str(palette)]


@pytest.mark.filterwarnings("ignore:oversample=.rare_class.. . of 4 samples are never drawn")
def test_classes_are_counted_in_training_batches(
    class_balance: ModuleType, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    masks = np.zeros((4, 16, 16), np.uint8)
    masks[0, 4:8, 4:8] = 1
    masks[:, 0] = 2
    class_balance.main([*write(tmp_path, masks), "--crop", "16", "16", "--epochs", "2", "--workers", "0"])
    printed = capsys.readouterr().out
    assert printed.startswith("4 images, 2 epochs, crops of 16x16\n")
    # Of the eight crops of two epochs, four are drawn for the lamp, all of image 0, and four for the ground, one per
    # image: five of eight, and one of four without oversampling. The crops are whole images.
    pixels, crops = tables(printed)
    lamp = 16 / 240
    assert pixels["lamp"][:2] == pytest.approx([100 * lamp / 4, 100 * lamp * 5 / 8], abs=0.005)
    assert pixels["ground"][:2] == pytest.approx([100 - 100 * lamp / 4, 100 - 100 * lamp * 5 / 8], abs=0.005)
    assert crops["lamp"][:2] == [25, 62.5]
    assert crops["ground"] == [100] * 10
    # Every sample gets the lamp pasted, whole crops with a random one and with one around a class.
    assert crops["lamp"][8:] == [100, 100]
    for kind in ("RandomCrop", "ClassCrop"):
        assert times(printed)[f"class_uniform, {kind}"] == 2.5


@pytest.mark.filterwarnings("ignore:oversample=.rare_class.. . of 4 samples are never drawn")
def test_a_class_crop_shows_more_of_a_rare_class(
    class_balance: ModuleType, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    masks = np.zeros((4, 32, 32), np.uint8)
    masks[:2, 14:18, 14:18] = 1
    class_balance.main([*write(tmp_path, masks), "--crop", "8", "8", "--epochs", "100", "--workers", "0"])
    printed = capsys.readouterr().out
    found = times(printed)
    assert list(found) == [
        "class_uniform, RandomCrop",
        "repeat_factor, RandomCrop",
        "rare_class, RandomCrop",
        "plain, ClassCrop",
        "class_uniform, ClassCrop",
        "repeat_factor, ClassCrop",
        "rare_class, ClassCrop",
        "plain, CopyPaste, RandomCrop",
        "plain, CopyPaste, ClassCrop",
    ]
    assert found["class_uniform, ClassCrop"] > 2 * found["class_uniform, RandomCrop"] > 2.2
    # A crop drawn for the class contains a pixel of it.
    _, crops = tables(printed)
    assert crops["lamp"][-3] == 100


def test_the_rarest_class_of_camvid_is_three_times_as_frequent(
    class_balance: ModuleType, camvid: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    train = camvid / "train"
    data = [
        "--images",
        str(train / "images"),
        "--masks",
        str(train / "masks"),
        "--palette",
        str(camvid / "palette.csv"),
    ]
    class_balance.main([*data, "--epochs", "5", "--workers", "0"])
    printed = capsys.readouterr().out
    assert "Bicyclist, the rarest class" in printed
    assert times(printed)["class_uniform, ClassCrop"] >= 3


def test_without_data_it_generates_some(class_balance: ModuleType, capsys: pytest.CaptureFixture[str]) -> None:
    class_balance.main(["--epochs", "1", "--workers", "0"])
    assert "Pedestrian, the rarest class" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--images", "a"], "--masks, --palette missing with --images"),
        (["--ignore", "a"], "--images, --masks, --palette missing with --ignore"),
        (["--epochs", "0"], "--epochs is 0; expected at least 1"),
        (["--max-class-share", "75"], "max_class_share=75.0; expected a share"),
        (["--images", "nowhere", "--masks", "nowhere", "--palette", "camvid"], "'nowhere' is not a directory"),
        (["--crop", "0", "96"], "height=0; expected"),
    ],
)
def test_wrong_use(
    class_balance: ModuleType, words: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        class_balance.main(words)
    assert ended.value.code == 2
    assert message in " ".join(capsys.readouterr().err.split())


def test_a_crop_larger_than_the_images_is_an_error(
    class_balance: ModuleType, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data = write(tmp_path, np.eye(16, dtype=np.uint8)[None])
    with pytest.raises(SystemExit) as ended:
        class_balance.main([*data, "--crop", "17", "16", "--workers", "0"])
    assert ended.value.code == 2
    assert "17" in capsys.readouterr().err


def test_a_class_absent_from_random_crops_has_no_ratio(
    class_balance: ModuleType, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    masks = np.zeros((1, 32, 32), np.uint8)
    masks[0, 0, 0] = 1
    class_balance.main([*write(tmp_path, masks), "--crop", "8", "8", "--epochs", "1", "--workers", "0"])
    assert "lamp, the rarest class, is in none of the plain random crops" in capsys.readouterr().out
