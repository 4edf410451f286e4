"""The benchmark of files elsewhere says what it measured."""

import re
import subprocess
import sys
from pathlib import Path

from script_modules import SCRIPTS
from small_pairs import COLORS, Pairs


def test_every_line(pairs: Pairs, tmp_path: Path) -> None:
    palette = tmp_path / "palette.csv"
    palette.write_text("name,r,g,b\n" + "".join(f"{name},{r},{g},{b}\n" for name, (r, g, b) in COLORS.items()))
    images, masks = Path(pairs.images[0]).parent, Path(pairs.masks[0]).parent
    data = ["--images", images, "--masks", masks, "--palette", palette, "--delay-ms", "1"]
    done = subprocess.run(
        [sys.executable, SCRIPTS / "benchmarks" / "remote.py", *data, "--threads", "1", "2", "--rounds", "1"],
        capture_output=True,
        text=True,
        timeout=200,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert [line.split(";")[0] for line in lines] == ["server, threads: 1", "server, threads: 2", "disk, threads: 1"]
    for line in lines:
        assert re.search(r"; [\d.]+ ms a pair, [\d.]+ times as fast as the first$", line)
