"""What the service's JSON reader says of a text that is not JSON: Jackson's words and places."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final, NoReturn

VALUES: Final = "(JSON String, Number, Array, Object or token 'null', 'true' or 'false')"
_SHOWN: Final = 500  # so much of the text is quoted
_LONGEST_TOKEN: Final = 256
_NUMBER = re.compile(r"-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?")
_BLANKS: Final = " \t\r\n"
_ESCAPES: Final = '"\\/bfnrt'
_CLOSING: Final = {"Object": "}", "Array": "]"}


@dataclass(frozen=True, slots=True)
class JsonError:
    """`reason` is the sentence alone; `place` is "[Source: (String)...; line: 1, column: 4]"."""

    reason: str
    place: str

    @property
    def message(self) -> str:
        return f"{self.reason}\n at {self.place}"


def json_error(text: str) -> JsonError | None:
    """The first thing that is wrong, or None for a text that the service reads."""
    reader = _Reader(text)
    try:
        reader.document()
    except _Wrong as wrong:
        return JsonError(wrong.reason, reader.place(wrong.at))
    return None


class _Wrong(Exception):
    """`at` is how many characters had been read."""

    def __init__(self, reason: str, at: int) -> None:
        super().__init__(reason)
        self.reason = reason
        self.at = at


class _Reader:
    """Nested values are kept on a stack: (kind, where it began)."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.open: list[tuple[str, int]] = []

    def place(self, at: int) -> str:
        shown = self.text[:_SHOWN]
        more = len(self.text) - len(shown)
        rest = f"[truncated {more} chars]" if more else ""
        line = self.text.count("\n", 0, at) + 1
        column = at - (self.text.rfind("\n", 0, at) + 1) + 1
        return f'[Source: (String)"{shown}"{rest}; line: {line}, column: {column}]'

    def document(self) -> None:
        self.value()
        while self.open:
            kind, _ = self.open[-1]
            here = self.peek()
            if here == _CLOSING[kind]:
                self.at += 1
                self.open.pop()
            elif here in _CLOSING.values() and here:
                self.wrong_close(here)
            elif here == ",":
                self.at += 1
                self.entry(kind)
            else:
                self.unexpected(f"was expecting comma to separate {kind} entries")
        if self.peek():
            self.odd_value()

    def entry(self, kind: str) -> None:
        if kind == "Object":
            self.key()
        self.value()

    def peek(self) -> str:
        while self.at < len(self.text) and self.text[self.at] in _BLANKS:
            self.at += 1
        return self.text[self.at] if self.at < len(self.text) else ""

    def key(self) -> None:
        if self.peek() != '"':
            self.unexpected("was expecting double-quote to start field name")
        self.string("name")
        if self.peek() != ":":
            self.unexpected("was expecting a colon to separate field name and value")
        self.at += 1

    def value(self) -> None:
        here = self.peek()
        if here in ("{", "["):
            self.container("Object" if here == "{" else "Array")
        elif here == '"':
            self.string("string value")
        elif here == "-" or here.isdigit():
            self.number()
        else:
            for word in ("true", "false", "null"):
                end = self.at + len(word)
                if self.text.startswith(word, self.at) and not self.text[end : end + 1].isalnum():
                    self.at = end
                    return
            self.odd_value()

    def container(self, kind: str) -> None:
        """The opening bracket, and the first entry when there is one."""
        self.open.append((kind, self.at))
        self.at += 1
        while True:
            if self.peek() == _CLOSING[kind]:
                return
            if kind == "Object":
                self.key()
            here = self.peek()
            if here not in ("{", "["):
                self.value()
                return
            kind = "Object" if here == "{" else "Array"  # nested without recursion
            self.open.append((kind, self.at))
            self.at += 1

    def string(self, what: str) -> None:
        self.at += 1
        while self.at < len(self.text):
            here = self.text[self.at]
            self.at += 1
            if here == '"':
                return
            if here < " ":
                raise _Wrong(
                    f"Illegal unquoted character ({_shown(here)}): has to be escaped using backslash"
                    f" to be included in {what}",
                    self.at,
                )
            if here == "\\":
                self.escape()
        end = "in field name" if what == "name" else "in VALUE_STRING"
        raise _Wrong(f"Unexpected end-of-input {end}", self.at)

    def escape(self) -> None:
        here = self.text[self.at : self.at + 1]
        self.at += 1
        if here == "u":
            for _ in range(4):
                digit = self.text[self.at : self.at + 1]
                self.at += 1
                if digit not in "0123456789abcdefABCDEF" or not digit:
                    self.at -= 1
                    self.unexpected("expected a hex-digit for character escape sequence")
        elif here and here not in _ESCAPES:
            raise _Wrong(f"Unrecognized character escape {_shown(here)}", self.at)

    def number(self) -> None:
        found = _NUMBER.match(self.text, self.at)
        if found is None:
            self.at += 1
            self.unexpected(
                "expected digit (0-9) to follow minus sign, for valid numeric value",
                " in numeric value",
            )
        if found[0] in ("0", "-0") and self.text[found.end() : found.end() + 1].isdigit():
            raise _Wrong("Invalid numeric value: Leading zeroes not allowed", found.end() + 1)
        self.at = found.end()
        after = self.text[self.at : self.at + 1]
        if after == ".":
            self.at += 1
            self.unexpected("Decimal point not followed by a digit", " in numeric value")
        if after in ("e", "E") and after:
            self.at += 1
            self.unexpected("Exponent indicator not followed by a digit", " in numeric value")

    def odd_value(self) -> NoReturn:
        here = self.text[self.at : self.at + 1]
        if not (here.isalpha() or here in ("_", "$")):
            self.unexpected(f"expected a valid value {VALUES}")
        end = self.at
        while end < len(self.text) and (self.text[end].isalnum() or self.text[end] in "_$"):
            end += 1
        token = self.text[self.at : end]
        if len(token) > _LONGEST_TOKEN:
            token = f"{token[:_LONGEST_TOKEN]}..."
        if token in ("NaN", "INF", "Infinity"):
            reason = (
                f"Non-standard token '{token}': enable"
                " JsonParser.Feature.ALLOW_NON_NUMERIC_NUMBERS to allow"
            )
            raise _Wrong(reason, end)
        raise _Wrong(f"Unrecognized token '{token}': was expecting {VALUES}", end)

    def wrong_close(self, here: str) -> NoReturn:
        kind, began = self.open[-1]
        raise _Wrong(
            f"Unexpected close marker '{here}': expected '{_CLOSING[kind]}' (for {kind} starting at"
            f" {self.place(began)})",
            self.at + 1,
        )

    def unexpected(self, wanted: str, where: str = "") -> NoReturn:
        here = self.text[self.at : self.at + 1]
        if here:
            raise _Wrong(f"Unexpected character ({_shown(here)}){where}: {wanted}", self.at + 1)
        if not self.open:
            raise _Wrong("No content to map due to end-of-input", self.at)
        kind, began = self.open[-1]
        raise _Wrong(
            f"Unexpected end-of-input: expected close marker for {kind} (start marker at"
            f" {self.place(began)})",
            self.at,
        )


def _shown(character: str) -> str:
    code = ord(character)
    if code < 32:
        return f"(CTRL-CHAR, code {code})"
    if code > 255:
        return f"'{character}' (code {code} / 0x{code:x})"
    return f"'{character}' (code {code})"
