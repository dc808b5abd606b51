"""Who answers for which test of the standard: twelve rows as data; sums and shares are computed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

# The figures are those of the published reference architecture and of version 4.0 of the standard;
# they are no result about anybody's own template.
LABEL: Final = "Figures of the published reference architecture (PCI DSS 4.0), not of this project."


@dataclass(frozen=True, slots=True)
class Row:
    requirement: str
    title: str
    tests: int
    customer: int
    aws: int
    not_applicable: int

    @property
    def is_consistent(self) -> bool:
        return self.customer + self.aws + self.not_applicable == self.tests


ROWS: Final = (
    Row("1", "Network security controls", 35, 13, 22, 0),
    Row("2", "Secure configurations", 27, 16, 11, 0),
    Row("3", "Stored account data", 55, 24, 29, 2),
    Row("4", "Cryptography in transit", 12, 7, 5, 0),
    Row("5", "Malicious software", 25, 4, 21, 0),
    Row("6", "Secure systems and software", 35, 31, 4, 0),
    Row("7", "Need to know", 22, 19, 3, 0),
    Row("8", "Identify and authenticate", 52, 43, 6, 3),
    Row("9", "Physical access", 56, 3, 53, 0),
    Row("10", "Log and monitor", 38, 17, 19, 2),
    Row("11", "Test security", 51, 22, 23, 6),
    Row("12", "Policies", 56, 44, 2, 10),
)


def total(rows: tuple[Row, ...] = ROWS) -> Row:
    """464 tests: 243 the customer's, 198 of AWS, 23 not applicable."""
    return Row(
        "",
        "Total",
        sum(row.tests for row in rows),
        sum(row.customer for row in rows),
        sum(row.aws for row in rows),
        sum(row.not_applicable for row in rows),
    )


def shares(row: Row) -> tuple[int, int, int]:
    """Customer, AWS and not applicable in whole per cent of the tests."""
    parts = (row.customer, row.aws, row.not_applicable)
    return tuple(round(100 * part / row.tests) for part in parts)  # type: ignore[return-value]  # three


def table_text() -> str:
    """The table with its sums, for a terminal."""
    lines = [LABEL, "", f"{'Requirement':<36}{'Tests':>7}{'Customer':>10}{'AWS':>6}{'N/A':>6}"]
    for row in (*ROWS, total()):
        name = f"{row.requirement} {row.title}".strip()
        lines.append(
            f"{name:<36}{row.tests:>7}{row.customer:>10}{row.aws:>6}{row.not_applicable:>6}"
        )
    customer, aws, none = shares(total())
    lines.append(f"{'Share':<36}{'':>7}{customer:>8} %{aws:>4} %{none:>4} %")
    return "\n".join(lines) + "\n"
