"""What is wrong in a scenario file is told with its code, place, and hint: whole messages."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from simulator.errors import SourceError
from simulator.scenarios.durations import parse_instant
from simulator.scenarios.names import unknown_names
from simulator.scenarios.reading import load, read
from simulator.scenarios.vocabulary import Vocabulary


def text_of(key: str, value: Any) -> str:
    """A sound scenario but for one key, on line 2."""
    whole = {"schema": "scenario/1", "id": "A", "steps": [], "expect": {}}
    whole.pop(key, None)
    rest = json.dumps(whole)[1:]
    return f"{{\n{json.dumps(key)}: {json.dumps(value)},\n{rest}"


def problems(folder: Path, text: str, vocabulary: Vocabulary | None = None) -> list[str]:
    """Without the file: "2:1: CODE: message"."""
    path = folder / "A.json"
    path.write_text(text, encoding="utf-8")
    return [
        str(problem).removeprefix(f"{path}:")
        for problem in read(path, vocabulary or Vocabulary())[1]
    ]


FAULT = 'SCN003: a fault needs \'error\' (or "effect": "ignored")'
KINDS = "callback, eventbridge, http, schedule, sqs, start"
MOCK = 'for instance {"error": "States.TaskFailed"}'
DURATION = "an ISO-8601 duration such as PT30S"


@pytest.mark.parametrize(
    ("key", "value", "found"),
    [
        ("id", "", ["2:1: SCN002: 'id' must be a text that is not empty"]),
        (
            "steps",
            [{"send": "start", "at": "P9999999D"}],
            ["2:11: SCN002: 'at' is later than the clock can count"],
        ),
        ("id", 1, ["2:1: SCN002: 'id' must be a text that is not empty"]),
        ("steps", {}, ["2:1: SCN002: 'steps' must be a list"]),
        ("steps", [1], ["2:11: SCN002: 'steps[0]' must be a mapping"]),
        ("given", [], ["2:1: SCN002: 'given' must be a mapping"]),
        ("expect", [], ["2:1: SCN002: 'expect' must be a mapping"]),
        ("notes", 5, []),
        (
            "given",
            {"clock": "soon"},
            [
                "2:11: SCN002: 'clock' must be an ISO-8601 instant such as 2026-01-15T10:00:00Z:"
                " 'soon' is not an ISO-8601 instant such as 2026-01-15T10:00:00Z"
            ],
        ),
        (
            "given",
            {"clock": 5},
            ["2:11: SCN002: 'clock' must be an ISO-8601 instant such as 2026-01-15T10:00:00Z"],
        ),
        ("given", {"seed": True}, ["2:11: SCN002: 'seed' must be a whole number"]),
        (
            "given",
            {"interleavings": "some"},
            ["2:11: SCN002: 'interleavings' must be one of 'all'"],
        ),
        (
            "given",
            {"schedules": "yes"},
            ["2:11: SCN002: 'schedules' must be one of 'manual', 'automatic'"],
        ),
        (
            "given",
            {"ttl_sweeper_lag": "-PT1S"},
            ["2:11: SCN002: 'ttl_sweeper_lag' must be a duration from the clock on, not before it"],
        ),
        (
            "given",
            {"quotas": {"a/b": -1}},
            ["2:22: SCN002: 'quotas.a/b' must be a whole number, 0 or more"],
        ),
        ("given", {"quotas": []}, ["2:11: SCN002: 'quotas' must be a mapping"]),
        ("given", {"faults": [1]}, ["2:22: SCN002: 'faults[0]' must be a mapping"]),
        (
            "given",
            {"faults": [{"servce": "s3"}]},
            [
                f"2:22: {FAULT}",
                "2:22: SCN003: a fault needs 'operation'",
                "2:22: SCN003: a fault needs 'service'",
                "2:23: SCN004: unknown key 'servce' in a fault; did you mean 'service'?",
            ],
        ),
        (
            "given",
            {"faults": [{"kill": "now"}]},
            [
                "2:22: SCN003: a fault with 'kill' needs 'function'",
                "2:23: SCN002: 'kill' must be one of 'before', 'before_provider_call', 'after_provider_reply', 'after'",
            ],
        ),
        (
            "given",
            {"faults": [{"service": "s3", "operation": "X", "effect": "none"}]},
            [
                f"2:22: {FAULT}",
                "2:58: SCN002: 'effect' must be one of 'ignored', 'after'",
            ],
        ),
        (
            "given",
            {"mocks": {"A": [{"took": "1s"}, 5]}},
            [
                f"2:27: SCN003: a mock has either 'output' or 'error'; {MOCK}",
                f"2:28: SCN002: 'took' must be {DURATION}: '1s' is not an ISO-8601 duration such as"
                " PT30S, PT1H30M or P1D",
                "2:43: SCN002: 'mocks.A[1]' must be a mapping",
            ],
        ),
        ("steps", [{}], [f"2:11: SCN003: a step needs 'send'; one of {KINDS}"]),
        (
            "steps",
            [{"pay": 1}],
            [
                "2:12: SCN005: unknown kind of step 'pay'; register it with"
                ' @vocabulary.step("pay") in the vocabulary'
            ],
        ),
        (
            "steps",
            [{"send": 5}],
            [
                "2:12: SCN002: 'send' must be text",
                "2:12: SCN005: unknown kind of step '5'; register it with"
                ' @vocabulary.step("5") in the vocabulary',
            ],
        ),
        (
            "steps",
            [{"send": "htp"}],
            [
                "2:12: SCN005: unknown kind of step 'htp'; did you mean 'http'? or register it with"
                ' @vocabulary.step("htp") in the vocabulary'
            ],
        ),
        (
            "steps",
            [{"send": "start", "at": "-PT1S", "inputs": 1}],
            [
                "2:29: SCN002: 'at' must be a duration from the clock on, not before it",
                "2:44: SCN004: unknown key 'inputs' in the step 'start'; did you mean 'input'?",
            ],
        ),
        (
            "steps",
            [{"send": "http", "method": "GET", "headers": {"a": 1}}],
            [
                "2:11: SCN003: the step 'http' needs 'path'",
                "2:57: SCN002: 'headers.a' must be text",
            ],
        ),
        (
            "steps",
            [{"send": "callback", "token_of_state": "A", "result": 1, "error": "E"}],
            ["2:11: SCN003: the step 'callback' has either 'result' or 'error'"],
        ),
        (
            "steps",
            [{"send": "eventbridge", "event": {"source": 1, "detail-type": "x"}}],
            [
                "2:35: SCN002: 'event' must be an EventBridge envelope with 'detail'",
                "2:45: SCN002: 'event.source' must be text",
            ],
        ),
        (
            "steps",
            [{"send": "eventbridge", "event": 1}],
            ["2:35: SCN002: 'event' must be an EventBridge envelope"],
        ),
        (
            "steps",
            [{"send": "sqs", "queue": "q", "bodies": ["a", 1]}],
            ["2:57: SCN002: 'bodies[1]' must be text"],
        ),
        (
            "expect",
            {"retry_delays_s": ["2"], "pending_tasks": -1, "rule_matched": {"A": 1}},
            [
                "2:31: SCN002: 'retry_delays_s[0]' must be a number",
                "2:37: SCN002: 'pending_tasks' must be a whole number, 0 or more",
                "2:75: SCN002: 'rule_matched.A' must be true or false",
            ],
        ),
        (
            "expect",
            {"api_calls": [{"service": "s3"}, 1], "executions_started": {"A": "1"}},
            [
                "2:26: SCN002: 'api_calls[0]' must be a mapping with 'operation'",
                "2:45: SCN002: 'api_calls[1]' must be a mapping with 'service' and 'operation'",
                "2:72: SCN002: 'executions_started.A' must be a whole number, 0 or more",
            ],
        ),
        (
            "expect",
            {"virtual_time_at_end": 5},
            [f"2:12: SCN002: 'virtual_time_at_end' must be {DURATION}"],
        ),
    ],
)
def test_a_wrong_value_is_told_at_its_place(
    key: str, value: Any, found: list[str], tmp_path: Path
) -> None:
    assert problems(tmp_path, text_of(key, value)) == found


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("5", ["1:1: SCN012: a scenario or an event is a mapping"]),
        ('{"schema": 1}', ["1:2: SCN009: the schema is 1; only 'scenario/1' is known"]),
        (
            '{"schema": "scenario/2"}',
            ["1:2: SCN009: the schema is 'scenario/2'; only 'scenario/1' is known"],
        ),
        (
            '{"steps": []}',
            ['1:1: SCN009: the schema is missing; add "schema": "scenario/1"'],
        ),
        (
            '{"schema": "scenario/1"}',
            [
                "1:1: SCN003: a scenario needs 'id'",
                "1:1: SCN003: a scenario needs 'steps'",
            ],
        ),
        (
            '[{"schema": "scenario/1", "id": "A", "steps": []},\n'
            ' {"schema": "scenario/1", "id": "A", "steps": []}]',
            ["2:2: SCN010: two scenarios of this file have the id 'A'; give one another id"],
        ),
    ],
)
def test_a_file_that_is_no_scenario_says_what_one_is(
    text: str, found: list[str], tmp_path: Path
) -> None:
    assert problems(tmp_path, text) == found


def test_an_own_step_may_list_its_keys(tmp_path: Path) -> None:
    words = Vocabulary()
    words.step("pay", keys=["amount"])(lambda _world, _step: None)
    words.step("any")(lambda _world, _step: None)
    steps = [{"pay": 1, "amont": 2}, {"send": "any", "other": 1}]
    assert problems(tmp_path, text_of("steps", steps), words) == [
        "2:22: SCN004: unknown key 'amont' in the step 'pay'; did you mean 'amount'?"
    ]


def test_scenarios_in_yaml_are_read_as_well(tmp_path: Path) -> None:
    path = tmp_path / "A.yaml"
    path.write_text(
        "schema: scenario/1\nid: A\ntitle: a title\nwhy: because\nnotes: [1]\n"
        "given: {clock: '2026-05-06T00:00:00Z', seed: 4, schedules: automatic}\n"
        "steps:\n- {at: PT2S, send: start}\n- {at: PT1S, send: schedule, rule: r}\n",
        encoding="utf-8",
    )
    (scenario,) = load(path)
    assert (scenario.title, scenario.why, scenario.notes, scenario.seed, scenario.schedules) == (
        "a title",
        "because",
        [1],
        4,
        "automatic",
    )
    assert [(step.kind, step.where, step.location.line) for step in scenario.steps] == [
        ("schedule", "steps[1]", 9),
        ("start", "steps[0]", 8),
    ]
    assert scenario.expect is None
    assert scenario.place("/steps").line == 7
    assert scenario.place("/nothing") == scenario.location


def test_files_and_folders_named_twice_count_once(tmp_path: Path) -> None:
    path = tmp_path / "A.json"
    path.write_text(text_of("title", "A"), encoding="utf-8")
    (tmp_path / ".hidden").mkdir()
    (tmp_path / ".hidden/B.json").write_text(text_of("id", "B"), encoding="utf-8")
    (tmp_path / "data.json").write_text("[1]", encoding="utf-8")
    assert [scenario.id for scenario in load([path, tmp_path, path])] == ["A"]
    with pytest.raises(
        SourceError, match=r"SCN001: .*none does not exist; name a file or a folder"
    ):
        load(tmp_path / "none")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"\xff", "SCN001: cannot read the file: not UTF-8"),
        (b"  \n", "ASL001: not JSON: Expecting value"),
    ],
)
def test_a_file_that_cannot_be_a_scenario_is_told_beside_good_ones(
    tmp_path: Path, content: bytes, message: str
) -> None:
    (tmp_path / "A.json").write_text(text_of("title", "A"), encoding="utf-8")
    (tmp_path / "B.json").write_bytes(content)
    with pytest.raises(SourceError) as caught:
        load(tmp_path)
    (problem,) = caught.value.problems
    assert message in str(problem)


def test_a_clock_that_would_run_out_of_years_is_refused() -> None:
    with pytest.raises(ValueError, match="is outside of what the clock can count"):
        parse_instant("9999-12-31T23:59:59Z")


def test_what_the_project_does_not_have_is_told_before_anything_runs(
    shop: Any, tmp_path: Path
) -> None:
    given = {
        "faults": [
            {"kill": "before", "function": "Chrge"},
            {"kill": "before", "function": "Charge"},
            {"service": "s3", "operation": "GetObject", "error": "E"},
            {"service": "dynamodb", "operation": "PutItem", "table": "Orders", "error": "E"},
            {"service": "dynamodb", "operation": "PutItem", "table": "Ordrs", "error": "E"},
        ],
        "mocks": {"Order/Chrge": [], "order/Charge": [], "Save": [], "Each[1]/Xyz": []},
    }
    steps = [
        {"send": "schedule", "rule": "nihgtly"},
        {"send": "start", "workflow": "Ordr"},
        {"send": "start"},
        {"send": "http", "method": "GET", "path": "/me", "account": shop.account},
        {"send": "http", "method": "GET", "path": "/me", "account": "999999999999"},
        {"pay": 1},
    ]
    words = Vocabulary()
    words.workflow("purchase", "Order")
    words.step("pay")(lambda _world, _step: None)
    text = text_of("steps", steps)
    whole = {
        **json.loads(text),
        "given": given,
        "workflow": "purchse",
        "expect": {"executions_started": {"purchase": 1, "Chld": 1}},
    }
    path = tmp_path / "A.json"
    path.write_text(json.dumps(whole), encoding="utf-8")
    found = unknown_names(shop, load(path, words), words)
    assert [(problem.code, problem.message, problem.hint) for problem in found] == [
        ("SCN013", "the template has no schedule 'nihgtly'", "did you mean 'nightly'?"),
        ("SCN013", "the template has no workflow 'Ordr'; did you mean 'Order'?", None),
        (
            "SCN015",
            "the API of account 999999999999 cannot be asked: no stack is deployed there",
            f"accounts: {shop.account}; more by [[tool.simulator.stacks]]",
        ),
        ("SCN013", "the template has no workflow 'Chld'; did you mean 'Child'?", None),
        ("SCN013", "the template has no function 'Chrge'", "did you mean 'Charge'?"),
        ("SCN013", "the template has no table 'Ordrs'", "did you mean 'Orders'?"),
        ("SCN013", "no workflow has the state 'Order/Chrge'", "did you mean 'Charge'?"),
        ("SCN013", "no workflow has the state 'Each[1]/Xyz'", None),
        (
            "SCN013",
            "the template has no workflow 'purchse'; known: Approval, Child, Cycle, Endless, Order,"
            " Parent, Quick, approval, child, cycle, endless, order, parent, quick",
            "did you mean 'purchase'?",
        ),
    ]


def test_a_call_that_no_api_has_is_told_and_not_forbidden_for_ever(
    shop: Any, tmp_path: Path
) -> None:
    call = {"service": "dynamodb", "operation": "PutItm"}
    whole = {
        **json.loads(text_of("title", "A")),
        "given": {"faults": [{"service": "sqss", "operation": "SendMessage", "error": "E"}]},
        "expect": {
            "api_calls": [{"service": "dynamodb", "operation": "PutItem"}],
            "api_calls_forbidden": [call],
            "api_call_counts": {"dynamdb:PutItem": 0, "stepfunctions:StartExecution": 1},
        },
    }
    path = tmp_path / "A.json"
    path.write_text(json.dumps(whole), encoding="utf-8")
    found = unknown_names(shop, load(path, Vocabulary()), Vocabulary())
    assert sorted(problem.message for problem in found) == [
        "boto3 has no client 'dynamdb'; did you mean 'dynamodb'?",
        "boto3 has no client 'sqss'; did you mean 'sqs'?",
        "dynamodb has no operation 'PutItm'; did you mean 'PutItem'?",
    ]
