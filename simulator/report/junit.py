"""A replay as JUnit XML, for continuous integration."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from xml.etree import ElementTree as ET

from simulator.report.text import failure_text
from simulator.scenarios.verdict import Verdict

# XML 1.0 has no other control characters, however they are escaped.
_NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def junit_xml(verdicts: Sequence[Verdict]) -> str:
    """`time` is virtual, so that the file is the same for the same run."""
    counts = Counter(verdict.status for verdict in verdicts)
    total = sum(verdict.virtual_time.total_seconds() for verdict in verdicts)
    suite = ET.Element(
        "testsuite",
        name="simulator",
        tests=str(len(verdicts)),
        failures=str(counts["failed"]),
        errors=str(counts["error"]),
        skipped="0",
        time=f"{total:.6f}",
    )
    for verdict in verdicts:
        case = ET.SubElement(
            suite,
            "testcase",
            classname=_text(verdict.scenario.path.with_suffix("").as_posix()),
            name=_text(verdict.scenario.id),
            time=f"{verdict.virtual_time.total_seconds():.6f}",
        )
        if verdict.status != "passed":
            first = str(verdict.differences[0]) if verdict.differences else verdict.status
            kind = "failure" if verdict.status == "failed" else "error"
            ET.SubElement(case, kind, message=_text(first)).text = _text(failure_text(verdict))
        elif verdict.notes:
            ET.SubElement(case, "system-out").text = _text("\n".join(verdict.notes))
    root = ET.Element("testsuites")
    root.append(suite)
    ET.indent(root)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ET.tostring(root, encoding="unicode") + "\n"


def _text(value: str) -> str:
    return _NOT_XML.sub("\N{REPLACEMENT CHARACTER}", value)
