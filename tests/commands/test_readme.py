"""The README's project is a project: its files are written, its commands give its output."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

pytest_plugins = ["pytester"]
README = Path(__file__).parents[2] / "README.md"
_FILE = re.compile(r"^`([\w./-]+)`\n\n```\w+\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_COMMAND = re.compile(r"^```console\n\$ simulator (.*?)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@pytest.fixture
def shop(tmp_path, monkeypatch):
    for name, text in _FILE.findall(README.read_text(encoding="utf-8")):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    (tmp_path / "order.json").write_text('{"id": "o-1", "amount": 42}', encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_the_project_has_its_files(shop):
    files = sorted(path.relative_to(shop).as_posix() for path in shop.rglob("*") if path.is_file())
    assert files == [
        "order.json",
        "src/charge.py",
        "template.yaml",
        "tests/scenarios/orders.yaml",
        "tests/test_orders.py",
        "workflows/order.asl.json",
    ]


@pytest.mark.usefixtures("shop")
def test_every_command_gives_the_output_that_stands_there(simulator):
    commands = _COMMAND.findall(README.read_text(encoding="utf-8"))
    assert [command for command, _ in commands] == [
        "check",
        "replay",
        "run Order --input order.json",
    ]
    for command, wanted in commands:
        ran = simulator(*command.split())
        assert (ran.out + ran.err, ran.code) == (wanted, 0), command


def test_its_tests_pass(shop, pytester, monkeypatch):
    monkeypatch.chdir(shop)  # pytester has a folder of its own
    result = pytester.runpytest_subprocess(
        "--rootdir", str(shop), "-p", "no:randomly", str(shop / "tests")
    )
    result.assert_outcomes(passed=2)


def test_the_words_of_the_table_are_all_the_words():
    from simulator.scenarios.words import EXPECT, GIVEN, STEPS

    text = README.read_text(encoding="utf-8")
    for section, known in (("given", GIVEN.shapes), ("steps[].send", STEPS), ("expect", EXPECT)):
        (line,) = [line for line in text.splitlines() if line.startswith(f"| `{section}` |")]
        named = set(re.findall(r"`(\w+)`", line.split("|")[2]))
        assert named - {"at", "PT2H"} == set(known), section
