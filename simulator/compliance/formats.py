"""Results for other programs: SARIF for annotations of code, JUnit for continuous integration."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final
from xml.etree import ElementTree as ET

from simulator.compliance.assessment import Assessed, Result
from simulator.compliance.evidence import Finding
from simulator.compliance.report import FIRST_LINE, summary
from simulator.values import Json

_SCHEMA: Final = "https://json.schemastore.org/sarif-2.1.0.json"
# XML 1.0 has no other control characters, however they are escaped.
_NOT_XML: Final = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def as_sarif(assessed: Assessed, version: str, template: Path) -> str:
    """SARIF 2.1.0: what is wrong, excepted (suppressed) or to be thought about (a warning).

    What has no place of its own stands at the beginning of `template`: viewers want a place.
    """
    checks = [result for result in assessed.results if result.findings]
    rules: list[Json] = [
        {
            "id": result.id,
            "shortDescription": {"text": result.title},
            "properties": {"tags": [f"PCI DSS v4.0.1 {item}" for item in result.requirements]},
        }
        for result in checks
    ]
    results = [
        found
        for index, result in enumerate(checks)
        for found in _sarif_results(result, index, template)
    ]
    driver: Json = {
        "name": "simulator compliance",
        "version": version,
        "fullDescription": {"text": FIRST_LINE},
        "rules": rules,
    }
    properties: Json = {
        "note": FIRST_LINE,
        "templates": assessed.template_digest,
        "runs": assessed.run_digest,
        "counts": {**assessed.counts},
    }
    run: Json = {"tool": {"driver": driver}, "properties": properties, "results": results}
    made: Json = {"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}
    return json.dumps(made, indent=2, ensure_ascii=False) + "\n"


def _sarif_results(result: Result, index: int, template: Path) -> Iterator[Json]:
    for finding in result.findings:
        if finding.is_good and not finding.is_warning:
            continue
        made: dict[str, Json] = {
            "ruleId": result.id,
            "ruleIndex": index,
            "level": "warning" if finding.is_warning else "error",
            "message": {"text": f"{finding.subject}: {finding.said}"},
            "locations": [_place(finding, template)],
            "partialFingerprints": {"subject/v1": f"{result.id}/{finding.subject}"},
        }
        covering = [item for item in result.exceptions if item.subject in ("", finding.subject)]
        if result.status == "excepted" and not finding.is_good:
            made["suppressions"] = [
                {"kind": "external", "justification": f"{item.id}: {item.reason} ({item.owner})"}
                for item in covering
            ]
        yield made


def _place(finding: Finding, template: Path) -> Json:
    at = finding.location
    path = template if at is None or at.path is None else at.path
    region = {"startLine": max(at.line, 1) if at is not None else 1}
    return {
        "physicalLocation": {"artifactLocation": {"uri": path.as_posix()}, "region": {**region}}
    }


def as_junit(assessed: Assessed, version: str) -> str:
    """One test a check: failed, or skipped when it was not made, with the reason."""
    counts = assessed.counts
    skipped = counts["manual"] + counts["not-applicable"] + counts["excepted"]
    suite = ET.Element(
        "testsuite",
        name="simulator compliance",
        tests=str(len(assessed.results)),
        failures=str(counts["fail"]),
        errors="0",
        skipped=str(skipped),
    )
    properties = ET.SubElement(suite, "properties")
    for name, value in (
        ("note", FIRST_LINE),
        ("version", version),
        ("templates", assessed.template_digest),
        ("runs", assessed.run_digest),
        ("summary", summary(assessed)),
    ):
        ET.SubElement(properties, "property", name=name, value=value)
    for result in assessed.results:
        classname = f"PCI DSS {', '.join(result.requirements)}"
        case = ET.SubElement(
            suite, "testcase", classname=classname, name=_text(f"{result.id} {result.title}")
        )
        if result.fails:
            bad = [str(finding) for finding in result.findings if not finding.is_good]
            failure = ET.SubElement(case, "failure", message=_text(result.said))
            failure.text = _text("\n".join(bad))
        elif result.status != "pass":
            ET.SubElement(case, "skipped", message=_text(f"{result.status}: {result.said}"))
        if result.status == "pass" and result.warnings:
            ET.SubElement(case, "system-out").text = _text(
                "\n".join(f"warning: {finding}" for finding in result.warnings)
            )
    root = ET.Element("testsuites")
    root.append(suite)
    ET.indent(root)
    head = f'<?xml version="1.0" encoding="UTF-8"?>\n<!-- {FIRST_LINE} -->\n'
    return head + ET.tostring(root, encoding="unicode") + "\n"


def _text(value: str) -> str:
    return _NOT_XML.sub("\N{REPLACEMENT CHARACTER}", value)
