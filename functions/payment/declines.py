"""What an issuer's "no" means: never again, later, with other details, or after a challenge."""

from __future__ import annotations

from typing import Final

NEVER, LATER, REVALIDATE, AUTHENTICATE = "never", "later", "revalidate", "authenticate"
EXHAUSTED: Final = "exhausted"  # "later", and no attempt is left

_BY_CODE: Final = {
    **dict.fromkeys(
        ("04", "07", "12", "14", "15", "41", "43", "46", "57", "R0", "R1", "R3"), NEVER
    ),
    **dict.fromkeys(("51", "61", "65", "91", "96"), LATER),
    **dict.fromkeys(("54", "55", "82", "N7"), REVALIDATE),
    "1A": AUTHENTICATE,
}
_KNOWN: Final = frozenset({NEVER, LATER, REVALIDATE, AUTHENTICATE})


def category(response_code: str, advice: str, *, attempt: int, most: int) -> str:
    """The issuer's code decides, then the provider's advice; what nobody knows is never tried again.

    "later" becomes "exhausted" with the last attempt that the policy allows.
    """
    found = _BY_CODE.get(response_code)
    if found is None or (found == LATER and advice in _KNOWN):
        # The provider may be stricter than the code, never more lenient.
        found = advice if advice in _KNOWN else (found or NEVER)
    return EXHAUSTED if found == LATER and attempt >= most else found
