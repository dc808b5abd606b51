"""Is a value the recorded one? Knows placeholders, JSON texts and what differs from run to run."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from simulator.values import parse_json

_ISO = r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d{1,9})?(?:Z|[+-]\d{2}:?(?:\d{2})?)"
_UUID = r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
# A placeholder's own expression may look around itself, which means nothing outside its text.
_NEEDS_CONTEXT = re.compile(r"\(\?[^:]|\\S\w|\((?!\?:)")
_MOST: Final = 20  # differences kept of one comparison
_ABSENT: Final = object()


@dataclass(frozen=True, slots=True)
class Difference:
    """`place` reads like `events[7].taskScheduledEventDetails.parameters`; values as JSON."""

    place: str
    expected: Any
    got: Any

    def __str__(self) -> str:
        return f"{self.place}: expected {shown(self.expected)}, got {shown(self.got)}"


def shown(value: Any, longest: int = 200) -> str:
    """A value for people, cut when it is long."""
    text = json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= longest else f"{text[:longest]}…"


@dataclass(frozen=True, slots=True)
class Placeholders:
    """What stands in a recording instead of a value.

    `values`: the whole text was replaced, anything matches. `references`: any text, the same one
    everywhere in the recording. `anything`: any text. `shaped`: text of a regular expression.
    `date`: the word that stands for an ISO-8601 time.
    """

    values: frozenset[str] = frozenset()
    references: frozenset[str] = frozenset()
    anything: frozenset[str] = frozenset()
    shaped: Mapping[str, str] = field(default_factory=dict)
    date: str | None = None

    @classmethod
    def of(cls, recorded: Mapping[str, Any] | None) -> Placeholders:
        """From the member `placeholders` of a recording."""
        given = recorded or {}
        return cls(
            values=frozenset(given.get("value_tokens") or ()),
            references=frozenset(given.get("ref_tokens") or ()),
            anything=frozenset(given.get("any_tokens") or ()),
            shaped=dict(given.get("regex_tokens") or {}),
            date=given.get("iso_date_token"),
        )

    @property
    def inside(self) -> re.Pattern[str] | None:
        """Finds the placeholders within a text; None when there are none."""
        tokens = sorted({*self.references, *self.anything, *self.shaped}, key=len, reverse=True)
        found = [re.escape(token) for token in tokens]
        if self.date is not None:
            found.append(rf"(?<![A-Za-z0-9_-]){re.escape(self.date)}(?![A-Za-z0-9_-])")
        return re.compile("|".join(found)) if found else None


class Fresh:
    """Texts of our own run that cannot be those of the recorded one: tokens, UUIDs, times.

    `recorded` is everything recorded as one text: a UUID or time that stands there is data.
    `arns`: another environment has other names, so ARNs of one service are equal.
    """

    def __init__(self, recorded: str, tokens: Iterable[str], *, arns: bool = False) -> None:
        self._recorded = recorded
        own = [re.escape(token) for token in sorted(tokens, key=len, reverse=True)]
        # Unresolved substitutions of a definition stand for what a deployment puts there. An event's
        # number in a cause depends on how threads interleave.
        more = (_ISO, _UUID, r"\$\{[A-Za-z0-9_]+\}", r"(?<=event id #)\d+")
        self._parts = re.compile("|".join([*own, *more]))
        self._arns = arns

    def pattern(self, got: str) -> str | None:
        """A regular expression for what may be recorded in the place of `got`; None: itself."""
        if self._arns and got.startswith("arn:") and got.count(":") >= 5:
            return rf"arn:[^:]*:{re.escape(got.split(':')[2])}:.*"
        pieces, at = [], 0
        for match in self._parts.finditer(got):
            text = match[0]
            is_time = re.fullmatch(_ISO, text) is not None
            if (is_time or re.fullmatch(_UUID, text)) and text in self._recorded:
                continue
            pieces.append(re.escape(got[at : match.start()]))
            pieces.append(_ISO if is_time else r"\d+" if text.isdigit() else ".+?")
            at = match.end()
        return "".join([*pieces, re.escape(got[at:])]) if pieces else None


class Matcher:
    """Compares recorded values with ours, remembers what placeholders stand for, and differences."""

    def __init__(self, placeholders: Placeholders, fresh: Fresh | None = None) -> None:
        self.placeholders = placeholders
        self.differences: list[Difference] = []
        self._inside = placeholders.inside
        self._fresh = fresh
        self._bound: dict[str, str] = {}

    def anew(self) -> Matcher:
        """A matcher of the same placeholders that knows nothing yet."""
        return Matcher(self.placeholders, self._fresh)

    def trial(self) -> Matcher:
        """A matcher that knows what this one knows and changes nothing here."""
        other = self.anew()
        other.adopt(self)
        return other

    def adopt(self, other: Matcher) -> None:
        """Keep what a trial has learnt."""
        self._bound = dict(other._bound)

    def differ(self, place: str, expected: Any, got: Any) -> bool:
        """Notes a difference; False, for the caller to return."""
        if len(self.differences) < _MOST:
            self.differences.append(Difference(place, expected, got))
        return False

    def same(self, expected: Any, got: Any, place: str, *, text: bool = False) -> bool:
        """`text`: on the wire this is JSON text, which the recording may hold parsed or as it was."""
        if isinstance(expected, str) and expected in self.placeholders.values:
            return True
        if isinstance(expected, dict | list) and isinstance(got, str):
            got = _parsed(got)
        elif text and isinstance(expected, str):
            return self._same_text(expected, got, place)
        elif text and isinstance(got, str):
            got = _parsed(got)
        return self._same_value(expected, got, place)

    def _same_text(self, expected: str, got: Any, place: str) -> bool:
        """White space in JSON text has changed over the years: values are compared."""
        if isinstance(got, str) and self._same_string(expected, got):
            return True
        wanted = _parsed(expected)
        value = _parsed(got) if isinstance(got, str) else got
        if wanted is _ABSENT or value is _ABSENT:
            return self.differ(place, expected, got)
        if isinstance(wanted, str) and isinstance(value, str):
            return self._same_string(wanted, value) or self.differ(place, expected, got)
        return self.same(wanted, value, place)

    def _same_value(self, expected: Any, got: Any, place: str) -> bool:
        if got is _ABSENT:
            return self.differ(place, expected, "text that is not JSON")
        if isinstance(expected, dict) and isinstance(got, dict):
            return self._same_object(expected, got, place)
        if isinstance(expected, list) and isinstance(got, list):
            if len(expected) != len(got):
                return self.differ(place, expected, got)
            pairs = enumerate(zip(expected, got, strict=True))
            return every(self.same(a, b, f"{place}[{index}]") for index, (a, b) in pairs)
        if isinstance(expected, str) and isinstance(got, str):
            return self._same_string(expected, got) or self.differ(place, expected, got)
        if _is_number(expected) and _is_number(got):
            if expected == got or _near(expected, got):
                return True
        elif type(expected) is type(got) and expected == got:
            return True
        return self.differ(place, expected, got)

    def _same_object(self, expected: dict[str, Any], got: dict[str, Any], place: str) -> bool:
        if expected.keys() != got.keys():
            missing = {key: expected[key] for key in expected if key not in got}
            return self.differ(
                place, missing, {key: got[key] for key in got if key not in expected}
            )
        return every(self.same(expected[key], got[key], f"{place}.{key}") for key in expected)

    def _same_string(self, expected: str, got: str) -> bool:
        if expected == got or expected in self.placeholders.values:
            return True
        if self._inside is not None and (found := list(self._inside.finditer(expected))):
            return self._fits(expected, found, got)
        if self._fresh is not None and (pattern := self._fresh.pattern(got)) is not None:
            return re.fullmatch(pattern, expected, re.DOTALL) is not None
        return False

    def _fits(self, expected: str, found: Sequence[re.Match[str]], got: str) -> bool:
        """Does `got` fit the text around the placeholders, and they what is known of them?"""
        pieces: list[str] = []
        groups: dict[str, str] = {}
        at = 0
        for match in found:
            pieces.append(re.escape(expected[at : match.start()]))
            pieces.append(self._piece(match[0], groups))
            at = match.end()
        pieces.append(re.escape(expected[at:]))
        fits = re.fullmatch("".join(pieces), got, re.DOTALL)
        if fits is None:
            return False
        self._bound |= {token: fits[name] for token, name in groups.items()}
        return True

    def _piece(self, token: str, groups: dict[str, str]) -> str:
        known = self.placeholders
        if token in known.references:
            if token in self._bound:
                return re.escape(self._bound[token])
            if token in groups:
                return f"(?P={groups[token]})"
            groups[token] = f"g{len(groups)}"
            return f"(?P<{groups[token]}>.*?)"
        if token in known.shaped:
            return f"(?:{_shape(known.shaped[token])}|{re.escape(token)})"
        if token in known.anything:
            return ".*?"
        return f"(?:{_ISO}|{re.escape(token)})"


def every(results: Iterable[bool]) -> bool:
    """All of them; unlike `all`, each is looked at, for its differences."""
    return False not in [*results]


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _near(one: float, other: float) -> bool:
    """Whole numbers are exact, and no other is near one that no float can hold."""
    if isinstance(one, int) and isinstance(other, int):
        return False
    try:
        return math.isclose(one, other, rel_tol=1e-9, abs_tol=1e-9)
    except OverflowError:
        return False


def _shape(expression: str) -> str:
    if _NEEDS_CONTEXT.search(expression):
        return ".*?"
    try:
        re.compile(expression)
    except re.error:
        return ".*?"
    return expression


def _parsed(text: str) -> Any:
    """_ABSENT when the text is not JSON."""
    try:
        return parse_json(text)
    except (ValueError, RecursionError):
        return _ABSENT
