"""An application's own words: registered once, refused with a hint, and run in their order."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from simulator.errors import SourceError, UsageError
from simulator.scenarios.vocabulary import Difference, Vocabulary, load_vocabulary

STEPS = [{"send": "start", "workflow": "Quick", "input": {"n": 1}}]


def found(verdict: Any) -> list[str]:
    return [str(difference) for difference in verdict.differences]


def test_own_words_run_in_the_order_of_registration(judge: Any) -> None:
    words = Vocabulary()
    seen: list[str] = []
    words.prepare(lambda _world: seen.append("prepare"))

    @words.fixture("second")
    def second(_world: Any, value: Any) -> None:
        seen.append(f"second {value}")

    @words.fixture("first")
    def first(world: Any, value: Any) -> None:
        world.notes["first"] = value
        seen.append(f"first {value}")

    @words.step("note", keys=["text"])
    def note(world: Any, step: Any) -> None:
        seen.append(f"step {step['text']} at {world.now:%H:%M}")

    @words.step("mutate")
    def mutate(_world: Any, step: Any) -> None:
        seen.append(f"mutate {step['mutate']}")

    @words.probe("colour")
    def colour(world: Any, want: Any) -> Any:
        seen.append("probe")
        if want != world.notes["first"]:
            yield Difference("colour", want, world.notes["first"])

    @words.invariant("I1")
    def rule(world: Any) -> Any:
        seen.append("invariant")
        yield f"{len(world.executions)} executions"

    @words.always
    def sound(_world: Any) -> Any:
        seen.append("always")
        yield "not sound"

    verdict = judge(
        [{"at": "PT1H", "mutate": "role"}, {"at": "PT0S", "send": "note", "text": "hello"}],
        {"colour": "red", "invariants": ["I1"]},
        {"first": "blue", "second": 2},
        words,
    )
    assert seen == [
        "prepare",
        "second 2",
        "first blue",
        "step hello at 00:00",
        "mutate role",
        "probe",
        "invariant",
        "always",
    ]
    assert (verdict.status, found(verdict)) == (
        "failed",
        [
            'colour: wanted "red", got "blue"',
            "invariant I1: 0 executions",
            "always sound: not sound",
        ],
    )


def test_workflow_words_stand_for_the_project_s_names(judge: Any) -> None:
    words = Vocabulary()
    words.workflow("quickly", "Quick")
    words.workflow("quickly", "Quick")
    steps = [{"send": "start", "input": {"n": 1}}]
    expect = {"path": ["Double"], "executions_started": {"quickly": 1}}
    assert found(judge(steps, expect, vocabulary=words, workflow="quickly")) == []
    with pytest.raises(UsageError, match="'quickly' stands for 'Quick' already, not 'Order'"):
        words.workflow("quickly", "Order")


@pytest.mark.parametrize(
    ("kind", "name", "message"),
    [
        ("fixture", "clock", "fixture 'clock' is a word of the toolkit; choose another name"),
        ("step", "http", "step 'http' is a word of the toolkit; choose another name"),
        ("probe", "path", "probe 'path' is a word of the toolkit; choose another name"),
        ("invariant", "I1", "invariant 'I1' is registered twice; keep one"),
        ("fixture", "own", "fixture 'own' is registered twice; keep one"),
    ],
)
def test_a_word_is_registered_once_and_never_the_toolkit_s(
    kind: str, name: str, message: str
) -> None:
    words = Vocabulary()
    words.invariant("I1")(lambda _world: [])
    words.fixture("own")(lambda _world, _value: None)
    with pytest.raises(UsageError) as raised:
        getattr(words, kind)(name)
    assert str(raised.value) == message


def test_what_a_word_raises_is_an_error_with_its_line(judge: Any) -> None:
    """Outside of the project's folder the exception alone; never a traceback."""
    words = Vocabulary()

    @words.fixture("broken")
    def broken(_world: Any, _value: Any) -> None:
        raise KeyError("card")

    verdict = judge(STEPS, {}, {"broken": 1}, words)
    assert verdict.status == "error"
    assert found(verdict)[0].startswith("run: KeyError: 'card' (simulator/scenarios/replay.py:")


def test_an_own_step_may_refuse(judge: Any) -> None:
    words = Vocabulary()

    @words.step("pay")
    def pay(_world: Any, _step: Any) -> None:
        raise UsageError("there is nothing to pay")

    verdict = judge([{"send": "pay"}], {}, None, words)
    assert verdict.status == "failed"
    assert found(verdict)[0].startswith("steps[0]: there is nothing to pay (")


def test_the_world_shows_what_probes_need(judge: Any) -> None:
    words = Vocabulary()
    seen: dict[str, Any] = {}

    @words.prepare
    def prepare(world: Any) -> None:
        world.environment("COLOUR", "red")

    @words.always
    def look(world: Any) -> Any:
        seen["table"] = world.resource("Orders")
        seen["answers"] = [answer.status for answer in world.responses]
        seen["environment"] = world.simulation.lambdas.environment
        seen["channels"] = sorted({channel.name.partition("[")[0] for channel in world.channels()})
        seen["texts"] = {
            channel.name: channel.text
            for channel in world.channels()
            if channel.name.startswith(("queue shop-P", "table", "http"))
        }
        return []

    steps = [
        {"send": "http", "method": "POST", "path": "/orders", "body": {"id": "o1", "amount": 1}},
        {"send": "sqs", "queue": "Parked", "bodies": ["one", "two"]},
        {
            "send": "eventbridge",
            "event": {"source": "shop", "detail-type": "noted", "detail": {"a": 1}},
        },
    ]
    assert found(judge(steps, {}, None, words, workflow="Order")) == []
    assert seen["table"] == "shop-Orders"
    assert seen["answers"] == [202]
    assert seen["environment"] == {"COLOUR": "red"}
    assert {"table shop-Orders", "queue shop-Parked", "http answer", "log Note"} < {
        *seen["channels"]
    }
    assert seen["texts"] == {
        "http answer[0]": '{"body":{"order_id":"o1"},"headers":{"content-type":"text/plain"}}',
        "table shop-Orders": '[{"id":{"S":"o1"}}]',
        "queue shop-Parked": '["one","two"]',
    }


@pytest.mark.parametrize(
    ("source", "message"),
    [
        (None, "SCN014: the vocabulary 'words' has no __init__.py; create it"),
        (
            "x = 1\n",
            "SCN014: the vocabulary has no function 'register'; define `def register(vocabulary:"
            " Vocabulary) -> None`",
        ),
        (
            "import nothing_there\n",
            "SCN014: the vocabulary does not import: ModuleNotFoundError: No module named"
            " 'nothing_there' (words/__init__.py:1)",
        ),
        (
            "def register(vocabulary):\n    vocabulary.probe('path')\n",
            "SCN014: probe 'path' is a word of the toolkit; choose another name",
        ),
        (
            "def register(vocabulary):\n    raise ValueError('no')\n",
            "SCN014: register() failed: ValueError: no (words/__init__.py:2)",
        ),
    ],
)
def test_a_vocabulary_that_cannot_be_used_is_refused(
    source: str | None, message: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "words").mkdir()
    if source is not None:
        (tmp_path / "words/__init__.py").write_text(source)
    with pytest.raises(SourceError) as raised:
        load_vocabulary(Path(), Path("words"))
    assert str(raised.value) == f"words/__init__.py: {message}"


def test_a_vocabulary_is_a_package_that_imports_its_own_modules(tmp_path: Path) -> None:
    """Two projects may use one name for it: each gets its own."""
    for project, word in (("one", "red"), ("two", "blue")):
        folder = tmp_path / project / "words"
        folder.mkdir(parents=True)
        (folder / "__init__.py").write_text("from words.own import register\n")
        (folder / "own.py").write_text(
            f"def register(vocabulary):\n    vocabulary.fixture('{word}')(print)\n"
        )
    for project, word in (("one", "red"), ("two", "blue"), ("two", "blue")):
        root = tmp_path / project
        vocabulary = load_vocabulary(root, Path("words"))
        assert list(vocabulary.fixtures) == [word]
        assert vocabulary.source == str(root / "words/__init__.py")
    assert load_vocabulary(tmp_path, None) == Vocabulary()
