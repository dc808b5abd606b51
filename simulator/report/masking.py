"""Card data, made unreadable before anything of a run is written down."""

from __future__ import annotations

import base64
import binascii
import re
from functools import lru_cache
from typing import Final

# Each pattern begins with what it may begin with, and only then looks back: searching is quick so.
# A number of a card brand: alone, or with blanks, dashes or their URL forms between the digits.
_GAP: Final = r"(?:[ +\-]|%20|\\?u00a0)?"
_NUMBER: Final = re.compile(
    rf"(?:2(?=[2-7])|3(?=[04-9])|4|5(?=\d)|6)(?<![\d.].)(?:{_GAP}\d){{11,18}}(?!\d|\.\d)"
)
_HEX: Final = re.compile(r"3(?<![0-9a-fA-F]3)[0-9](?:3[0-9]){11,18}(?![0-9a-fA-F])")
# The digits of a UUID may look like a card's by chance.
_UUID: Final = re.compile(r"[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}")
_UUID_SIGNS: Final = "0123456789abcdefABCDEF-"
_BASE64: Final = re.compile(r"(?<![A-Za-z0-9+/_-])[A-Za-z0-9+/_-]{16,}={0,2}")
# Names of card fields; texts within texts have escaped quotes.
_QUOTE: Final = r"(\\*[\"'])"
_CODE: Final = re.compile(
    r"\b((?:cvv2?|cvc2?|cid|csc|security_?code|card_?code|pin)\b\\*[\"']?\s*[:=]\s*"
    r"(?:\{\s*\\*[\"'][SN]\\*[\"']\s*:\s*)?\\*[\"']?)\d{3,6}(?!\d)",
    re.IGNORECASE,
)
_CODES: Final = ("cv", "cid", "csc", "code", "pin")  # one of them is in every name above
_HOLDER: Final = re.compile(
    r"\b((?:card_?)?holder(?:_?name)?|name_on_card)" + _QUOTE + r"(\s*:\s*)\2(.*?)(?<!\\)\2",
    re.IGNORECASE | re.DOTALL,
)
_HOLDERS: Final = ("holder", "name_on_card")
_STARS: Final = "•••"
_PAN_LENGTHS: Final = range(12, 20)


def masked(text: str) -> str:
    """The text with card numbers as 411111…1111, and codes and holders' names as dots.

    A card number is one that begins like a brand's and whose check digit is right (Luhn), in clear,
    in groups, in hexadecimal or inside base64. First six and last four digits may be shown (PCI
    DSS 3.4.1). A text without any of these is given back as it is.
    """
    text = _NUMBER.sub(_number, text)
    text = _HEX.sub(_hex, text)
    text = _BASE64.sub(_encoded, text)
    names = text.lower()
    if any(name in names for name in _CODES):
        text = _CODE.sub(lambda found: found[1] + _STARS, text)
    if any(name in names for name in _HOLDERS):
        text = _HOLDER.sub(
            lambda found: f"{found[1]}{found[2]}{found[3]}{found[2]}{_STARS}{found[2]}", text
        )
    return text


def _number(found: re.Match[str]) -> str:
    digits = "".join(
        character for character in re.sub("%20|u00a0", "", found[0]) if character.isdigit()
    )
    return _short(digits) if _is_card(digits) and not _is_in_uuid(found) else found[0]


def _is_in_uuid(found: re.Match[str]) -> bool:
    whole = found.string
    start, end = found.span()
    while start and whole[start - 1] in _UUID_SIGNS:
        start -= 1
    while end < len(whole) and whole[end] in _UUID_SIGNS:
        end += 1
    return _UUID.fullmatch(whole, start, end) is not None


def _hex(found: re.Match[str]) -> str:
    digits = bytes.fromhex(found[0]).decode("ascii")
    return _short(digits) if digits.isdigit() and _is_card(digits) else found[0]


def _encoded(found: re.Match[str]) -> str:
    return "(base64 with card data)" if _hides_card(found[0]) else found[0]


@lru_cache(maxsize=100_000)  # names of fields are long words, and stand everywhere
def _hides_card(word: str) -> bool:
    raw = word.rstrip("=").replace("-", "+").replace("_", "/")
    try:
        plain = base64.b64decode(raw + "=" * (-len(raw) % 4)).decode()
    except (binascii.Error, ValueError):
        return False
    return masked(plain) != plain


def _short(digits: str) -> str:
    return f"{digits[:6]}…{digits[-4:]}"


def _is_card(digits: str) -> bool:
    if len(digits) not in _PAN_LENGTHS:
        return False
    total = 0
    for index, digit in enumerate(reversed(digits)):
        value = int(digit) * (2 if index % 2 else 1)
        total += value - 9 if value > 9 else value
    return total % 10 == 0
