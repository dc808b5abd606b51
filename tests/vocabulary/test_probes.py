"""What the application's own words of `expect` say when they do not hold, and when they do."""

from __future__ import annotations

from pathlib import Path

import pytest

from simulator.scenarios.discovery import load
from simulator.scenarios.replay import replay_one
from simulator.scenarios.vocabulary import load_vocabulary

ROOT = Path(__file__).parents[2]

# scenario, word, what holds, what does not, what is said of that
WORDS = {
    "a mail or a frame mentions": (
        "P01",
        "notification_mentions",
        ["receipt"],
        ["refund"],
        ["notification_mentions"],
    ),
    "a finding's message mentions": (
        "F30",
        "notification_mentions",
        ["partner-stack"],
        ["receipt"],
        ["notification_mentions"],
    ),
    "a word that must not be there": (
        "P08",
        "messages_must_not_contain",
        ["43", "stolen", "R0"],
        ["declined"],
        ["messages_must_not_contain", "messages_must_not_contain"],
    ),
    "effects that did not happen": (
        "P01",
        "provider_effects",
        {"authorize": 1, "capture": 1, "void": 0},
        {"authorize": 1, "refund": 1},
        ["provider_effects.refund", "provider_effects.capture"],
    ),
    "calls that were not made": (
        "P01",
        "provider_calls",
        {"authorize": 1, "capture": 1, "inquire": 0},
        {"authorize": 1, "capture": 0},
        ["provider_calls.capture"],
    ),
    "accounts that are even": (
        "P01",
        "ledger_accounts_net",
        {"psp_receivable": 2494, "fee_expense": 105, "sales": -2599, "refunds": 0},
        {"psp_receivable": 2494, "fee_expense": 105, "sales": -2598},
        ["ledger_accounts_net.sales"],
    ),
    "a component that does not apply": (
        "P01",
        "fee_components",
        {"base_bp": 290, "cross_border_bp": 0, "fx_bp": 0, "fixed": 30},
        {"base_bp": 290, "cross_border_bp": 150, "fixed": 30},
        ["fee_components.cross_border_bp"],
    ),
}


@pytest.mark.parametrize("case", WORDS)
def test_a_word_holds_or_says_what_does_not(project, case):
    name, word, good, bad, said = WORDS[case]
    vocabulary = load_vocabulary(project.root, project.root / project.settings.vocabulary)
    (path,) = (ROOT / "tests" / "scenarios").glob(f"{name}-*.json")
    found = load(ROOT, [str(path.relative_to(ROOT))], vocabulary)[0]
    object.__setattr__(found, "expect", {word: good})
    assert replay_one(project, found, vocabulary).differences == ()
    object.__setattr__(found, "expect", {word: bad})
    verdict = replay_one(project, found, vocabulary)
    assert [difference.where for difference in verdict.differences] == said


def test_an_issuers_code_is_looked_for_as_a_word():
    from tests.vocabulary.shared import _holds

    assert _holds("declined (43)", "43")
    assert not _holds("Reference: pay_ab43cd", "43")
    assert _holds("It was STOLEN.", "stolen")
