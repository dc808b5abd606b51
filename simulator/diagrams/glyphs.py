"""Small drawings of our own for kinds of states and integrations: SVG inside a 16 × 16 square."""

from __future__ import annotations

from typing import Final

GLYPHS: Final = {
    "pass": '<path d="M2 8h10M9 5l3 3-3 3"/>',
    "choice": '<path d="M8 2l6 6-6 6-6-6z"/>',
    "wait": '<circle cx="8" cy="8" r="6"/><path d="M8 4.5V8l2.5 2"/>',
    "succeed": '<circle cx="8" cy="8" r="6"/><path d="M5 8.2l2.2 2.2L11 6"/>',
    "fail": '<circle cx="8" cy="8" r="6"/><path d="M5.5 5.5l5 5m0-5l-5 5"/>',
    "parallel": '<path d="M4 2v12M8 2v12M12 2v12"/>',
    "map": '<rect x="2" y="5" width="9" height="9" rx="1"/><path d="M5 5V2h9v9h-3"/>',
    "function": '<path d="M3 13.5L7.5 6 5.8 2.5H4M7.5 6L11 13.5h2"/>',
    "table": '<rect x="2" y="3" width="12" height="10" rx="1"/><path d="M2 6.5h12M2 10h12M6.5 3v10"/>',
    "bucket": '<path d="M2.5 4h11L12 13.5H4z"/><ellipse cx="8" cy="4" rx="5.5" ry="1.7"/>',
    "queue": '<rect x="1.5" y="5" width="3.4" height="6"/><rect x="6.3" y="5" width="3.4" height="6"/>'
    '<rect x="11.1" y="5" width="3.4" height="6"/>',
    "topic": '<circle cx="4" cy="8" r="2"/><path d="M6 8h3M9 8l4-4M9 8h4.5M9 8l4 4"/>',
    "bus": '<path d="M2 8h12"/><circle cx="4" cy="4" r="1.6"/><circle cx="12" cy="12" r="1.6"/>'
    '<path d="M4 5.6V8M12 8v2.4"/>',
    "workflow": '<rect x="5.5" y="1.5" width="5" height="4"/><rect x="1.5" y="10.5" width="5" height="4"/>'
    '<rect x="9.5" y="10.5" width="5" height="4"/><path d="M8 5.5v2.5M4 10.5V8h8v2.5"/>',
    "web": '<circle cx="8" cy="8" r="6"/><path d="M2 8h12M8 2c-4 4-4 8 0 12M8 2c4 4 4 8 0 12"/>',
    "job": '<circle cx="8" cy="8" r="2.2"/><path d="M8 1.8v2.4M8 11.8v2.4M1.8 8h2.4M11.8 8h2.4'
    'M3.6 3.6l1.7 1.7M10.7 10.7l1.7 1.7M12.4 3.6l-1.7 1.7M5.3 10.7l-1.7 1.7"/>',
    "key": '<circle cx="5" cy="8" r="3"/><path d="M8 8h6.5M12 8v3"/>',
    "person": '<circle cx="8" cy="5" r="2.7"/><path d="M2.8 14c.6-3.2 2.5-4.8 5.2-4.8s4.6 1.6 5.2 4.8"/>',
    "service": '<path d="M4.5 12.5a3 3 0 01-.3-6 4 4 0 017.6-.8 3.4 3.4 0 01-.3 6.8z"/>',
}
