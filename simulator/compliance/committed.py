"""What is generated and committed: inventories of templates, and of pages with their hashes."""

from __future__ import annotations

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
        wanted[listed] = files.inventory_text(pages, files.read_json(listed))
    wanted |= inventories.texts(evidence)
    return {
        path: text
        for path, text in wanted.items()
        if not path.is_file() or path.read_text(encoding="utf-8") != text
    }
