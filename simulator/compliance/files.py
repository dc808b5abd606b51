"""Checks of files: pages and their scripts, card numbers in the repository, the shared duties."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Iterator, Sequence
from html.parser import HTMLParser
from pathlib import Path
from typing import Any, Final

from simulator.compliance.evidence import Evidence, Finding, table
from simulator.compliance.responsibility import ROWS, shares, total
from simulator.errors import SourceError
from simulator.problems import Location, Problem
from simulator.scenarios.scanner import card_numbers, masked

INVENTORY: Final = "scripts.json"
# Numbers that networks and providers publish for tests; no account has them.
TEST_NUMBERS: Final = frozenset(
    {
        "4000000000000002", "4000000000000069", "4000000000000119", "4000000000000127",
        "4000000000000341", "4000000000003063", "4000000000003220", "4000000000009979",
        "4000000000009987", "4000000000009995", "4000002500003155", "4000002760003184", "4000002760000016",
        "4000056655665556", "4000000760000002", "4000001240000000", "4000008260000000",
        "4012888888881881", "4111111111111111", "4222222222222", "4242424242424242",
        "4917610000000000", "5105105105105100", "5200828282828210", "5454545454545454",
        "5500000000000004", "5555555555554444", "2223003122003222", "2223000048400011",
        "340000000000009", "370000000000002", "371449635398431", "378282246310005",
        "378734493671000", "30569309025904", "36227206271667", "36700102000000", "38520000023237",
        "3530111333300000", "3566002020360505", "6011000990139424", "6011111111111117",
        "6200000000000005", "6205500000000000004",
    }
)  # fmt: skip
_READ: Final = frozenset({".css", ".html", ".j2", ".js", ".json", ".md", ".py", ".toml", ".yaml"})
_LEFT_OUT: Final = frozenset({"node_modules", "__pycache__", "build", "dist", "venv"})
_LARGEST: Final = 2_000_000


def read_json(path: Path) -> Any:
    """A file's value, {} when there is none. SourceError: what people wrote there is no JSON."""
    if not path.is_file():
        return {}
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise SourceError([Problem("PRJ040", f"not JSON: {error}", Location(path))]) from error


def responsibility(_evidence: Evidence) -> Iterator[Finding]:
    for row in ROWS:
        yield Finding(f"requirement {row.requirement}", row.is_consistent, f"{row.tests} tests")
    summed = total()
    yield Finding(
        "total", summed.is_consistent,
        f"{summed.tests} tests: {summed.customer} customer, {summed.aws} AWS,"
        f" {summed.not_applicable} not applicable; {' / '.join(map(str, shares(summed)))} %",
    )  # fmt: skip


def no_live_numbers(evidence: Evidence) -> Iterator[Finding]:
    """Every card number in the project's files is on the published list."""
    for path in _files(evidence.root, evidence.declared.searched):
        text = path.read_text(encoding="utf-8", errors="replace")
        found = [number for number in card_numbers(text) if number not in TEST_NUMBERS]
        name = path.relative_to(evidence.root).as_posix()
        said = f"no test number: {', '.join(sorted(set(map(masked, found))))}"
        if found:
            yield Finding(name, is_good=False, said=said, location=Location(path))
    if evidence.declared.searched:
        searched = ", ".join(evidence.declared.searched)
        yield Finding(searched, is_good=True, said="searched for card numbers")


def _files(root: Path, names: Sequence[str]) -> Iterator[Path]:
    for name in names:
        top = root / name
        for path in sorted(top.rglob("*")) if top.is_dir() else [top]:
            hidden = any(
                part in _LEFT_OUT or part.startswith(".") for part in path.relative_to(root).parts
            )
            if (
                path.suffix in _READ
                and not hidden
                and path.is_file()
                and path.stat().st_size < _LARGEST
            ):
                yield path


# --- pages ------------------------------------------------------------------------------------------


class _Page(HTMLParser):
    """The scripts, styles and policy of a page, and what a strict policy would refuse."""

    def __init__(self) -> None:
        super().__init__()
        self.scripts: list[dict[str, str | None]] = []
        self.policy = ""
        self.wrong: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag == "script" or (tag == "link" and given.get("rel") == "stylesheet"):
            self.scripts.append({"src": given.get("src") or given.get("href"), **given})
        if tag == "style" or "style" in given:
            self.wrong.append("has an inline style")
        if tag == "meta" and (given.get("http-equiv") or "").lower() == "content-security-policy":
            self.policy = given.get("content") or ""
        self.wrong += [f"has an inline {name}" for name in given if name.startswith("on")]


def integrity(path: Path) -> str:
    """Subresource integrity of a file: "sha384-…" (W3C)."""
    digest = hashlib.sha384(path.read_bytes()).digest()
    return f"sha384-{base64.b64encode(digest).decode()}"


def inventory(pages: Path, purposes: object) -> dict[str, dict[str, Any]]:
    """What 6.4.3 asks for: each script and style, why it is there, its hash and the pages with it.

    `purposes` is the inventory so far: what it says of a purpose stays.
    """
    known = table(table(purposes).get("scripts"))
    used: dict[str, list[str]] = {}
    for page in sorted(pages.glob("*.html")):
        for script in _read(page).scripts:
            if script["src"]:
                used.setdefault(script["src"], []).append(page.name)
    scripts: dict[str, Any] = {}
    for name, where in sorted(used.items()):
        path = pages / name
        scripts[name] = {
            "purpose": table(known.get(name)).get("purpose", ""),
            "integrity": integrity(path) if path.is_file() else "",
            "pages": where,
        }
    return {"scripts": scripts}


def inventory_text(pages: Path, purposes: object) -> str:
    return json.dumps(inventory(pages, purposes), indent=2, sort_keys=True) + "\n"


_HASHED: Final = re.compile(r'((?:src|href)="([^"]+)" integrity=")[^"]*(")')


def with_hashes(page: Path) -> str:
    """The page with the integrity hashes of its files, where it names any."""

    def hashed(found: re.Match[str]) -> str:
        file = page.parent / found[2]
        return f"{found[1]}{integrity(file)}{found[3]}" if file.is_file() else found[0]

    return _HASHED.sub(hashed, page.read_text(encoding="utf-8"))


def _read(page: Path) -> _Page:
    parser = _Page()
    parser.feed(page.read_text(encoding="utf-8"))
    return parser


def scripts(evidence: Evidence) -> Iterator[Finding]:
    """6.4.3: authorised, whole, and listed with a purpose; nothing inline, by a strict policy."""
    if evidence.declared.pages is None:
        return
    pages = evidence.root / evidence.declared.pages
    file = pages / INVENTORY
    kept = read_json(file)
    current = inventory(pages, kept)
    is_current = current == kept
    said = (
        "is current" if is_current else "is not current: `simulator compliance --write-inventory`"
    )
    yield Finding(INVENTORY, is_current, said, Location(file))
    for name, entry in current["scripts"].items():
        good = bool(entry["purpose"])
        yield Finding(name, good, entry["purpose"] or "has no purpose", Location(pages / name))
    for page in sorted(pages.glob("*.html")):
        yield _page_finding(page, pages)


def _page_finding(page: Path, pages: Path) -> Finding:
    read = _read(page)
    wrong = list(read.wrong)
    if "default-src 'none'" not in read.policy or "'unsafe-" in read.policy:
        wrong.append("its policy is not strict: default-src 'none' and nothing unsafe")
    for script in read.scripts:
        source = script["src"]
        if source is None:
            wrong.append("has an inline script")
        elif not (pages / source).is_file():
            wrong.append(f"{source} is not in {pages.name}/")
        elif script.get("integrity") != integrity(pages / source):
            wrong.append(f"{source} has another integrity hash than its file")
    said = "; ".join(wrong) or "strict policy, whole scripts"
    return Finding(page.name, not wrong, said, Location(page))
