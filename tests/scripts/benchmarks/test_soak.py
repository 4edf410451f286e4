"""Half a minute of soak: every batch is correct, and nothing is left behind."""

import re
import subprocess
import sys

import pytest
from script_modules import SCRIPTS


@pytest.mark.timeout(280)
def test_half_a_minute() -> None:
    done = subprocess.run(
        [sys.executable, SCRIPTS / "benchmarks" / "soak.py", "--minutes", "0.5", "--fit", "0"],
        capture_output=True,
        text=True,
        timeout=270,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr[-3000:]
    assert re.search(r"^no fault in [\d,]+ batches$", done.stdout, re.MULTILINE)
