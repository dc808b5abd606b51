"""What is generated and committed: inventories of templates, and of pages with their hashes."""

from __future__ import annotations

import json
from pathlib import Path

from simulator.compliance import files, inventories
from simulator.compliance.evidence import Evidence


def stale(evidence: Evidence) -> dict[Path, str]:
    """What is not as it must be, with what it must say. Pages come before the list of their scripts."""
    wanted: dict[Path, str] = {}
    if evidence.declared.pages is not None:
        pages = evidence.root / evidence.declared.pages
        wanted |= {page: files.with_hashes(page) for page in sorted(pages.glob("*.html"))}
        listed = pages / files.INVENTORY
        kept = json.loads(listed.read_text(encoding="utf-8")) if listed.is_file() else {}
        wanted[listed] = files.inventory_text(pages, kept)
    wanted |= inventories.texts(evidence)
    return {
        path: text
        for path, text in wanted.items()
        if not path.is_file() or path.read_text(encoding="utf-8") != text
    }
