"""`simulator check --explain` knows every code that may be printed, and no other."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from simulator.commands.explanations import explanations

PACKAGE = Path(__file__).parents[2] / "simulator"
# A code where a problem is made or passed on; in a table of explanations a colon follows.
CODE = re.compile(r'"([A-Z]{3}\d{3})"(?!\s*:)')


def raised() -> set[str]:
    texts = (path.read_text(encoding="utf-8") for path in PACKAGE.rglob("*.py"))
    return {code for text in texts for code in CODE.findall(text)}


def test_every_code_that_is_raised_is_explained_and_no_other() -> None:
    known = set(explanations())
    assert (sorted(raised() - known), sorted(known - raised())) == ([], [])


def test_explanations_are_sentences() -> None:
    for code, text in explanations().items():
        assert text == text.strip(), code
        assert text.endswith("."), code
        assert "\n" not in text, code


@pytest.mark.parametrize("code", ["RND003", "rnd003"])
def test_a_code_is_explained_in_either_case(code: str, simulator: Any) -> None:
    ran = simulator("check", "--explain", code)
    assert (ran.code, ran.err) == (0, "")
    assert ran.out == (
        "RND003: The template uses a name that nobody gave it. Names come from parameters.yaml,"
        " imports and {% set %}; an undefined one is never rendered as an empty text.\n"
    )


@pytest.mark.parametrize(
    ("code", "hint"), [("RDN003", "; did you mean 'RND003'?"), ("nothing", "")]
)
def test_a_code_that_does_not_exist_is_refused(code: str, hint: str, simulator: Any) -> None:
    ran = simulator("check", "--explain", code)
    assert (ran.code, ran.out) == (2, "")
    assert ran.err.splitlines()[-1] == f"Error: there is no problem code '{code}'{hint}"
