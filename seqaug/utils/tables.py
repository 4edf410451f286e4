"""Tables for terminals and notebooks."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape


class Table:
    """Base of objects that print as a table, and display as HTML in a notebook."""

    def _headings(self) -> Sequence[str]:
        raise NotImplementedError

    def _rows(self) -> list[tuple[str, ...]]:
        raise NotImplementedError

    def summary(self) -> str:
        """Summarize, in a line, what the rows leave out."""
        raise NotImplementedError

    def __str__(self) -> str:
        table = [tuple(self._headings()), *self._rows()]
        first, *others = (max(map(len, column)) for column in zip(*table, strict=True))
        lines = []
        for name, *numbers in table:
            cells = (number.rjust(width) for number, width in zip(numbers, others, strict=True))
            lines.append("  ".join([name.ljust(first), *cells]))
        return "\n".join([*lines, self.summary()])

    def _repr_html_(self) -> str:
        head = "".join(f"<th>{heading}</th>" for heading in self._headings())
        body = "".join(f"<tr>{''.join(f'<td>{escape(cell)}</td>' for cell in row)}</tr>" for row in self._rows())
        return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table><p>{self.summary()}</p>"
