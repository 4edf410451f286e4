"""How much memory there is to spend."""

from pathlib import Path

import pytest

from seqaug.cache import budget


def test_it_is_a_part_of_the_machine() -> None:
    total = int(Path("/proc/meminfo").read_text().split()[1]) * 1024
    assert 0 < budget.free_memory() <= total


@pytest.mark.parametrize(("limit", "expected"), [("3000000\n", 2_000_000), ("max\n", None), ("900000\n", 0)])
def test_a_container_may_have_less(
    limit: str, expected: int | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "limit").write_text(limit)
    (tmp_path / "used").write_text("1000000\n")
    groups = ((str(tmp_path / "limit"), str(tmp_path / "used")), (str(tmp_path / "no"), str(tmp_path / "such")))
    monkeypatch.setattr(budget, "_CONTROL_GROUPS", groups)
    free = budget.free_memory()
    assert free == expected if expected is not None else free > 2_000_000
