"""EXPLANATIONS: what every problem code of a template means, for `check --explain`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

EXPLANATIONS: Final[Mapping[str, str]] = {
    "RND001": "The template that should be rendered does not exist.",
    "RND002": "The template is not Jinja: a tag or an expression is not finished or not known.",
    "RND003": "The template uses a name that nobody gave it. Names come from parameters.yaml, "
    "imports and {% set %}; an undefined one is never rendered as an empty text.",
    "RND004": "The template imports or includes a file that is not there. Names count from the "
    "folder of the templates.",
    "RND005": "An expression of the template raises, or does what the sandbox forbids.",
    "RND006": "What the template renders is not JSON. The place is the line that wrote it.",
    "RND007": "A key stands twice in one object of what the template renders.",
    "RND008": "parameters.yaml has `default` and `stages`, and in both only names and values.",
}
