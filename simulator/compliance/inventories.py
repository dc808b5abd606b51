"""Inventories that are generated and committed: keys, components in scope, parts of packages.

Only logical ids stand in them: they are the same for every stage and account. What a person has
written of a component's function stays when they are written again.
"""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

from simulator.compliance.evidence import Evidence, Finding, listed, table
from simulator.compliance.files import read_json
from simulator.compliance.stores import refusing_plain
from simulator.problems import Location
from simulator.project.template import Resource, Template
from simulator.values import Json

KEYS: Final = "keys.json"
COMPONENTS: Final = "components.json"
LOCK: Final = "requirements.txt"
_COMMAND: Final = "`simulator compliance --write-inventory`"
# What only belongs to a component: who may use it, its logs, its names, its versions.
_PARTS: Final = re.compile(
    r"AWS::(IAM|Logs|CloudWatch|Route53)::\w+|AWS::ApiGateway::(?!RestApi$)\w+"
    r"|AWS::ApiGatewayV2::(?!Api$)\w+|AWS::Lambda::(?!Function$)\w+|AWS::Scheduler::\w+"
    r"|\w+::\w+::\w*(Policy|Association|Assignment|Subscription|Client|UserPoolGroup"
    r"|LoggingConfiguration|Alias|Rule|DeliveryChannel|OriginAccessControl|Standard|IPSet)"
)
_PINNED: Final = re.compile(
    r"(?P<name>[A-Za-z0-9][\w.-]*)(\[[^\]]*\])?==(?P<version>[\w.!+-]+)\s*(;[^#]*?)?"
    r"(?P<hashes>(\s+--hash=\w+:[0-9a-f]+)*)\s*(#.*)?"
)
_ALGORITHMS: Final = {"sha256": "SHA-256", "sha384": "SHA-384", "sha512": "SHA-512"}


def texts(evidence: Evidence) -> dict[Path, str]:
    """What each inventory must say, by its path; nothing when no folder is declared for them."""
    if evidence.declared.inventory is None:
        return {}
    folder = evidence.root / evidence.declared.inventory
    made: dict[Path, str] = {
        folder / KEYS: _text(_keys(evidence)),
        folder / COMPONENTS: _text(_components(evidence, folder / COMPONENTS)),
    }
    for lock in locks(evidence):
        made[folder / f"{lock.parent.name}.cdx.json"] = _text(_materials(lock))
    return made


def _text(value: object) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False) + "\n"


def _committed(path: Path) -> str | None:
    return path.read_text(encoding="utf-8") if path.is_file() else None


def _current(evidence: Evidence, wanted: Callable[[str], bool]) -> Iterator[Finding]:
    for path, text in texts(evidence).items():
        if wanted(path.name):
            committed = _committed(path)
            said = f"is not there: {_COMMAND}" if committed is None else f"is stale: {_COMMAND}"
            good = committed == text
            name = path.relative_to(evidence.root).as_posix()
            yield Finding(name, good, "is current" if good else said, Location(path))


# --- keys, certificates, TLS ------------------------------------------------------------------------


def key_inventory(evidence: Evidence) -> Iterator[Finding]:
    return _current(evidence, lambda name: name == KEYS)


def _keys(evidence: Evidence) -> Json:
    keys: list[Json] = []
    certificates: list[Json] = []
    tls: list[Json] = []
    for template in evidence.templates:
        for key in template.of_type("AWS::KMS::Key"):
            given = key.properties
            keys.append(
                {
                    **_named(evidence, template, key),
                    "description": given.get("Description", ""),
                    "spec": given.get("KeySpec", "SYMMETRIC_DEFAULT"),
                    "usage": given.get("KeyUsage", "ENCRYPT_DECRYPT"),
                    "rotates": given.get("EnableKeyRotation", False) in (True, "true"),
                    "decrypted_by": [*evidence.declared.card_keys.get(key.logical_id, ())],
                    "used_by": _users(template, key),
                }
            )
        for certificate in template.of_type("AWS::CertificateManager::Certificate"):
            validated = certificate.properties.get("ValidationMethod", "EMAIL")
            certificates.append(
                {
                    **_named(evidence, template, certificate),
                    "validated_by": validated,
                    "used_by": _users(template, certificate),
                }
            )
        tls += _tls(evidence, template)
    return {"keys": keys, "certificates": certificates, "tls": tls}


def _named(evidence: Evidence, template: Template, resource: Resource) -> dict[str, Json]:
    return {"template": _path(evidence, template), "resource": resource.logical_id}


def _path(evidence: Evidence, template: Template) -> str:
    path = template.path.resolve()
    root = evidence.root.resolve()
    return (path.relative_to(root) if path.is_relative_to(root) else path).as_posix()


def _users(template: Template, wanted: Resource) -> list[Json]:
    found = {
        other.origin or other.logical_id
        for other in template.resources.values()
        if wanted.logical_id in other.needs and not other.type.startswith("AWS::IAM::")
    }
    return [*sorted(found - {wanted.logical_id})]


def _tls(evidence: Evidence, template: Template) -> Iterator[Json]:
    refusing = refusing_plain(template)
    for resource in template.resources.values():
        told = ""
        if resource.type == "AWS::CloudFront::Distribution":
            config = table(resource.properties.get("DistributionConfig"))
            oldest = table(config.get("ViewerCertificate")).get("MinimumProtocolVersion", "TLSv1")
            plain = table(config.get("DefaultCacheBehavior")).get("ViewerProtocolPolicy")
            told = f"{oldest}, {plain}"
        elif resource.type in ("AWS::ApiGateway::DomainName", "AWS::ApiGatewayV2::DomainName"):
            told = str(resource.properties.get("SecurityPolicy", "TLS_1_2"))
        elif resource.type in ("AWS::ApiGateway::RestApi", "AWS::ApiGatewayV2::Api"):
            told = "TLS 1.2 or newer, the service's own"
        elif resource.type in ("AWS::S3::Bucket", "AWS::SQS::Queue", "AWS::SNS::Topic"):
            refuses = bool({resource.physical_id, resource.name} & refusing)
            told = "TLS only, by its policy" if refuses else "TLS or none"
        if told:
            yield {**_named(evidence, template, resource), "policy": told}


# --- components -------------------------------------------------------------------------------------


def component_inventory(evidence: Evidence) -> Iterator[Finding]:
    """Current, and complete: each component has a function that somebody wrote down."""
    yield from _current(evidence, lambda name: name == COMPONENTS)
    if evidence.declared.inventory is None:
        return
    path = evidence.root / evidence.declared.inventory / COMPONENTS
    for entry in _components(evidence, path)["components"]:
        if not entry["function"]:
            said = f"has no function: write it into {path.relative_to(evidence.root).as_posix()}"
            yield Finding(f"{entry['template']}/{entry['resource']}", is_good=False, said=said)


def _components(evidence: Evidence, committed: Path) -> dict[str, list[dict[str, str]]]:
    kept = {
        (entry.get("template"), entry.get("resource")): str(entry.get("function", ""))
        for entry in map(table, listed(table(read_json(committed)).get("components")))
    }
    known = evidence.declared
    with_cards = {
        *known.card_tables, *known.card_functions, *known.card_keys, *known.card_workflows,
        *known.page_buckets,
    }  # fmt: skip
    comments = {
        (flow.location.path.resolve(), flow.logical_id): table(flow.definition).get("Comment", "")
        for flow in evidence.workflows
    }
    found = []
    for template in evidence.templates:
        for resource in sorted(template.resources.values(), key=lambda one: one.logical_id):
            if _PARTS.fullmatch(resource.type):
                continue
            name = (_path(evidence, template), resource.logical_id)
            told = comments.get((template.path.resolve(), resource.logical_id), "")
            found.append(
                {
                    "template": name[0],
                    "resource": name[1],
                    "type": resource.type,
                    "scope": "card data" if resource.logical_id in with_cards else "connected",
                    "function": told or _function(template, resource) or kept.get(name, ""),
                }
            )
    return {"components": found}


def _function(template: Template, resource: Resource) -> str:
    """What the resource says itself: its description, or its handler's module."""
    written = resource.properties.get("Description")
    if isinstance(written, str) and written:
        return written
    if resource.type != "AWS::Lambda::Function":
        return ""
    module = str(resource.properties.get("Handler", "")).rpartition(".")[0].replace(".", "/")
    path = _code(template, resource) / f"{module}.py"
    if not path.is_file():
        return ""
    documented = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or ""
    return documented.partition("\n")[0]


def _code(template: Template, resource: Resource) -> Path:
    code = resource.properties.get("Code")
    return template.path.parent / (code if isinstance(code, str) else "")


# --- parts of packages ------------------------------------------------------------------------------


def locks(evidence: Evidence) -> list[Path]:
    """The requirements of the folders that functions are built from."""
    found = {
        _code(template, function) / LOCK
        for template, function in evidence.of_type("AWS::Lambda::Function")
    }
    return sorted(path for path in found if path.is_file())


def materials(evidence: Evidence) -> Iterator[Finding]:
    """6.3.2: each package pinned, and the bill of materials made from those lines."""
    for lock in locks(evidence):
        for number, line in _lines(lock):
            if _PINNED.fullmatch(line) is None:
                yield Finding(
                    lock.name, is_good=False, said=f"'{line}' is not pinned to one version",
                    location=Location(lock, number, 1),
                )  # fmt: skip
    yield from _current(evidence, lambda name: name.endswith(".cdx.json"))


def _lines(lock: Path) -> Iterator[tuple[int, str]]:
    """Logical lines with the number of their first one: a backslash goes on with the next."""
    waiting, start = "", 0
    for number, written in enumerate(lock.read_text(encoding="utf-8").splitlines(), 1):
        start = start or number
        if written.endswith("\\"):
            waiting += written[:-1] + " "
            continue
        line = (waiting + written).strip()
        if line and not line.startswith("#"):
            yield start, line
        waiting, start = "", 0


def _materials(lock: Path) -> Json:
    """CycloneDX 1.6, without time and serial number: the same lines give the same bytes."""
    parts: list[Json] = []
    for _, line in _lines(lock):
        pinned = _PINNED.fullmatch(line)
        if pinned is not None:
            parts.append(_part(pinned))
    name = lock.parent.name
    return {
        "$schema": "http://cyclonedx.org/schema/bom-1.6.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {"component": {"type": "application", "bom-ref": name, "name": name}},
        "components": parts,
    }


def _part(pinned: re.Match[str]) -> Json:
    name = re.sub(r"[-_.]+", "-", pinned["name"]).lower()  # PyPI's own form (PEP 503)
    purl = f"pkg:pypi/{name}@{pinned['version']}"
    part: dict[str, Json] = {
        "type": "library",
        "bom-ref": purl,
        "name": name,
        "version": pinned["version"],
        "purl": purl,
    }
    hashes = re.findall(r"--hash=(\w+):([0-9a-f]+)", pinned["hashes"] or "")
    if hashes:
        part["hashes"] = [
            {"alg": _ALGORITHMS.get(alg, alg), "content": text} for alg, text in hashes
        ]
    return part
