"""The toolkit's words of `given`, `steps` and `expect`: when they hold, and how they are violated.

Everything happens in the shop of tests/conftest.py.
"""

from __future__ import annotations

from typing import Any

import pytest

from simulator.scenarios import replay as replaying
from simulator.scenarios.durations import instant_text
from simulator.scenarios.vocabulary import Vocabulary, differences

ROLE = "arn:aws:iam::111122223333:role/reader"
JOBS = "https://sqs.us-east-1.amazonaws.com/123456789012/shop-Jobs"
PATH = "the path was Cool → Charge → Save → Tell"
RULES = "rules: shop-NoteNoted, shop-NoteUnkept, shop-OrderPlaced, shop-ToParked"
QUEUES = "queues: shop-Dead, shop-Jobs, shop-Lost, shop-Parked"


def event(kind: str, **detail: Any) -> dict[str, Any]:
    """An event of the shop on the default bus."""
    envelope = {"source": "shop", "detail-type": kind, "detail": detail}
    return {"send": "eventbridge", "event": envelope}


def order(name: str, amount: int = 5, **more: Any) -> dict[str, Any]:
    body = {"id": name, "amount": amount}
    return {"send": "http", "method": "POST", "path": "/orders", "body": body, **more}


def callback(at: str, state: str = "Wanted", **result: Any) -> dict[str, Any]:
    return {"at": at, "send": "callback", "token_of_state": state, **result}


PLACED = event("placed", id="o1", amount=5)
ASK = {"send": "start", "input": {"id": "a1"}}
NESTED = {"send": "start", "workflow": "Parent", "input": {"form": "sync", "child": {}}}
MOCKED = {
    "mocks": {
        "Charge": [
            {"error": "Lambda.ServiceException"},
            {"error": "Lambda.ServiceException", "took": "PT0.5S"},
            {"output": {"Payload": {"charged": 1}}},
        ]
    }
}


def found(verdict: Any) -> list[str]:
    return [str(difference) for difference in verdict.differences]


# word: (steps, given, what holds, what does not, the differences then)
EXPECTATIONS: dict[str, tuple[Any, Any, Any, Any, list[str]]] = {
    "http_statuses": (
        [order("a"), order("a", 6)],
        {},
        [202, 409],
        [409, 409, 200],
        [
            "expect.http_statuses[0]: wanted 409, got 202",
            "expect.http_statuses[2]: wanted 200, got nothing",
        ],
    ),
    "http_statuses_any_order": (
        [order("a"), order("a", 6)],
        {},
        [[200, 200], [409, 202]],
        [[202, 202], [409]],
        [
            "expect.http_statuses_any_order: wanted [[202,202],[409]], got [202,409]; none of the"
            " wanted sets is this one"
        ],
    ),
    "executions_started": (
        [order("a"), order("b")],
        {},
        2,
        3,
        ["expect.executions_started: wanted 3, got 2"],
    ),
    "path": (
        [PLACED],
        {},
        ["Cool", "Charge", "Save", "Tell"],
        ["Cool", "Save"],
        [f'expect.path[1]: wanted "Save", got "Charge"; {PATH}'],
    ),
    "path ": (
        [PLACED],
        {},
        ["Cool", "Charge", "Save", "Tell"],
        ["Cool", "Charge", "Save", "Tell", "End"],
        [f'expect.path[4]: wanted "End", got nothing; {PATH}'],
    ),
    "path_contains": (
        [PLACED],
        {},
        ["Cool", "Save"],
        ["Save", "Charge", "Nothing"],
        [f"expect.path_contains[1]: Charge was not entered after Save; {PATH}"],
    ),
    "path_ends_with": (
        [PLACED],
        {},
        ["Save", "Tell"],
        ["Charge", "Tell"],
        ['expect.path_ends_with[0]: wanted "Charge", got "Save"'],
    ),
    "retry_delays_s": (
        [PLACED],
        MOCKED,
        [2, 4],
        [2, 5, 8],
        [
            "expect.retry_delays_s[1]: wanted 5, got 4",
            "expect.retry_delays_s[2]: wanted 8, got nothing",
        ],
    ),
    "virtual_time_at_end": (
        [PLACED],
        MOCKED,
        "PT1M6.5S",
        "PT1M",
        ['expect.virtual_time_at_end: wanted "PT1M", got "PT1M6.5S"'],
    ),
    "execution_status": (
        [event("placed", id="o1", amount=500)],
        {},
        "FAILED",
        "SUCCEEDED",
        ['expect.execution_status: wanted "SUCCEEDED", got "FAILED"; Declined: too much'],
    ),
    "execution_error": (
        [event("placed", id="o1", amount=500)],
        {},
        "Declined",
        "Refused",
        ['expect.execution_error: wanted "Refused", got "Declined"'],
    ),
    "pending_tasks": (
        [{**ASK, "workflow": "Approval"}, callback("PT1H", result={})],
        {},
        0,
        1,
        ["expect.pending_tasks: wanted 1, got 0; waiting: none"],
    ),
    "rule_matched": (
        [event("placed", amount=-1)],
        {},
        {"OrderPlaced": False, "shop-NoteNoted": False},
        {"OrderPlaced": True, "OrdrPlaced": False, "Zzz": True},
        [
            "expect.rule_matched.OrderPlaced: wanted true, got false; detail.amount is -1, the"
            " pattern wants a number > 0",
            "expect.rule_matched.OrdrPlaced: there is no rule 'OrdrPlaced'; did you mean"
            " 'shop-OrderPlaced'?",
            f"expect.rule_matched.Zzz: there is no rule 'Zzz'; {RULES}",
            "event[0]: no rule on 'default' wants it; nearest is rule 'shop-OrderPlaced':"
            " detail.amount is -1, the pattern wants a number > 0",
        ],
    ),
    "rule_matched ": (
        [PLACED],
        {},
        {"OrderPlaced": True},
        {"OrderPlaced": False},
        ["expect.rule_matched.OrderPlaced: wanted false, got true"],
    ),
    "queue_depths_at_end": (
        [{"send": "sqs", "queue": "Parked", "bodies": ["a", "b"]}],
        {},
        {"Parked": 2, "shop-Jobs": 0},
        {"Parked": 1, "Deads": 0, "Xyz": 0},
        [
            "expect.queue_depths_at_end.Parked: wanted 1, got 2",
            "expect.queue_depths_at_end.Deads: there is no queue 'Deads'; did you mean 'Dead'?",
            f"expect.queue_depths_at_end.Xyz: there is no queue 'Xyz'; {QUEUES}",
        ],
    ),
    "queue_depths_max": (
        [{"send": "sqs", "queue": "Jobs", "bodies": ["a", "b"]}],
        {},
        {"Jobs": 2, "Dead": 0},
        {"Jobs": 0, "Xyz": 1},
        [
            "expect.queue_depths_max.Jobs: wanted 0, got 2",
            f"expect.queue_depths_max.Xyz: there is no queue 'Xyz'; {QUEUES}",
        ],
    ),
    "api_calls": (
        [PLACED],
        {},
        [
            {"service": "dynamodb", "operation": "PutItem", "tableName": "present"},
            {"service": "dynamodb", "operation": "PutItem", "Item": {"id": {"S": "o1"}}},
        ],
        [
            {"service": "dynamodb", "operation": "PutItem", "Item": {"id": {"S": "o2"}}},
            {"service": "s3", "operation": "GetObject"},
        ],
        [
            'expect.api_calls[0]: no call {"Item":{"id":{"S":"o2"}},"operation":"PutItem",'
            '"service":"dynamodb"}; such calls were [{"Item":{"id":{"S":"o1"}},'
            '"TableName":"shop-Orders"}]',
            'expect.api_calls[1]: no call {"operation":"GetObject","service":"s3"}; the operation was'
            " never called",
        ],
    ),
    "api_calls_forbidden": (
        [PLACED],
        {},
        [
            {"service": "sqs", "operation": "SendMessage", "MessageBody": "card"},
            {"service": "s3", "operation": "PutObject"},
        ],
        [{"service": "sqs", "operation": "SendMessage"}],
        [
            'expect.api_calls_forbidden[0]: a forbidden call: {"MessageBody":"done o1",'
            f'"QueueUrl":"{JOBS}"}}'
        ],
    ),
    "api_call_counts": (
        [PLACED],
        {},
        {"dynamodb:PutItem": 1, "s3:PutObject": 0},
        {"dynamodb:PutItem": 2},
        ['expect.api_call_counts["dynamodb:PutItem"]: wanted 2, got 1'],
    ),
    "sts_assumed_roles": (
        [event("placed", id="o1", amount=5, role=ROLE)],
        {},
        [ROLE, ROLE],
        [],
        [f'expect.sts_assumed_roles: wanted [], got ["{ROLE}"]'],
    ),
    "alarms": (
        [event("placed", id="o1", amount=500)],
        {},
        ["card-declines", "declines"],
        ["decline", "x"],
        [
            "expect.alarms[0]: there is no alarm 'decline'; did you mean 'card-declines'?",
            "expect.alarms[1]: there is no alarm 'x'; alarms: card-declines",
        ],
    ),
    "alarms ": (
        [],
        {},
        [],
        ["declines"],
        ["expect.alarms[0]: 'declines' was never in ALARM"],
    ),
}


@pytest.mark.parametrize("word", EXPECTATIONS)
def test_a_word_of_expect_holds_or_says_what_differs(word: str, judge: Any) -> None:
    steps, given, holds, differs, differences = EXPECTATIONS[word]
    key = word.strip()
    workflow = "Approval" if key == "pending_tasks" else "Order"
    verdict = judge(steps, {key: holds}, given, workflow=workflow)
    assert (verdict.status, found(verdict)) == ("passed", [])
    verdict = judge(steps, {key: differs}, given, workflow=workflow)
    assert (verdict.status, found(verdict)) == ("failed", differences)


def test_a_task_that_fails_at_the_end_of_the_right_path_is_not_passed_over(judge: Any) -> None:
    given = {"mocks": {"Tell": [{"error": "Down", "cause": "no"}]}}
    words = {"path": ["Cool", "Charge", "Save", "Tell"]}
    verdict = judge([PLACED], words, given, workflow="Order")
    (note,) = verdict.notes
    assert note.startswith("shop-Order ")
    assert note.endswith(" FAILED Down, and 'expect' has no execution_status")
    asked = judge([PLACED], {**words, "execution_status": "FAILED"}, given, workflow="Order")
    assert (asked.status, asked.notes) == ("passed", ())


def test_without_an_execution_there_is_no_path_and_no_end(judge: Any) -> None:
    words = {
        "path": ["Cool"],
        "path_contains": ["Cool"],
        "path_ends_with": ["Cool"],
        "retry_delays_s": [1],
        "virtual_time_at_end": "PT1M",
    }
    assert found(judge([], words, workflow="Order")) == [
        'expect.path[0]: wanted "Cool", got nothing; the path was (no execution)',
        "expect.path_contains[0]: Cool was not entered; the path was (no execution)",
        'expect.path_ends_with[0]: wanted "Cool", got nothing',
        "expect.retry_delays_s[0]: wanted 1, got nothing",
        "expect.virtual_time_at_end: no execution has ended",
    ]


@pytest.mark.parametrize(
    ("wanted", "differences"),
    [
        (1, []),
        ({"Parent": 1, "Child": 1, "Order": 0}, []),
        (2, ["expect.executions_started: wanted 2, got 1"]),
        ({"Child": 2}, ["expect.executions_started.Child: wanted 2, got 1"]),
    ],
)
def test_executions_that_executions_start_are_counted_by_their_workflow_only(
    wanted: Any, differences: list[str], judge: Any
) -> None:
    assert found(judge([NESTED], {"executions_started": wanted})) == differences


# --- steps ----------------------------------------------------------------------------------------


def test_a_callback_completes_or_fails_the_open_task(judge: Any) -> None:
    done = [ASK, callback("PT1H", result={"ok": True})]
    words = {"path": ["Wanted"], "virtual_time_at_end": "PT1H", "pending_tasks": 0}
    assert found(judge(done, words, workflow="Approval")) == []
    refused = [ASK, callback("PT1H", error="Refused", cause="no")]
    words = {"path": ["Wanted", "No"], "virtual_time_at_end": "PT1H"}
    assert found(judge(refused, words, workflow="Approval")) == []


def test_a_callback_that_nobody_waits_for_says_who_waits(judge: Any) -> None:
    early = {**callback("PT0S", result={}), "at": "PT0S"}
    steps = [early, {**ASK, "at": "PT1S"}, callback("PT1H", "Wnted", result={})]
    verdict = judge(steps, {"virtual_time_at_end": "P1DT1S"}, workflow="Approval")
    early_one, misspelt = found(verdict)
    assert verdict.status == "failed"
    assert misspelt.startswith(
        "steps[2]: no task of the state 'Wnted' is waiting now; did you mean 'Wanted'? ("
    )
    assert early_one.startswith(
        "steps[0]: no task of the state 'Wanted' is waiting now; waiting: none ("
    )
    assert early_one.endswith("S.json:1:47)")


def test_a_callback_that_comes_again_or_late_is_refused_as_by_the_service(judge: Any) -> None:
    again = [ASK, callback("PT1H", result={"n": 1}), callback("PT2H", result={"n": 2})]
    verdict = judge(again, {"virtual_time_at_end": "PT1H"}, workflow="Approval")
    assert found(verdict) == []
    assert verdict.notes == ("steps[2]: the task of 'Wanted' was over; refused: TaskTimedOut",)
    late = judge([ASK, callback("P2D", result={})], {"pending_tasks": 0}, workflow="Approval")
    assert (found(late), len(late.notes)) == ([], 2)


def ticks() -> Vocabulary:
    """A probe for the runs of the nightly function."""
    words = Vocabulary()

    @words.probe("ticks")
    def counted(world: Any, want: Any) -> Any:
        times = [
            instant_text(run.at)
            for run in world.simulation.lambdas.invocations
            if run.function == "Tick"
        ]
        return differences("ticks", want, times)

    return words


def test_a_schedule_fires_by_its_name(judge: Any) -> None:
    steps = [{"at": "PT5M", "send": "schedule", "rule": "nightly"}]
    assert found(judge(steps, {"ticks": ["2026-01-01T00:05:00Z"]}, vocabulary=ticks())) == []


def test_a_queue_that_does_not_exist_gets_nothing(judge: Any) -> None:
    (text,) = found(judge([{"send": "sqs", "queue": "Prked", "bodies": ["a"]}], {}))
    assert text.startswith("steps[0]: there is no queue 'Prked'; did you mean 'shop-Parked'? (")


def test_a_start_without_a_workflow_is_refused(judge: Any) -> None:
    (text,) = found(judge([{"send": "start"}], {}))
    assert text.startswith(
        "steps[0]: the step 'start' and its scenario name no workflow; name one of them ("
    )


def test_a_name_is_taken_once_a_workflow(judge: Any) -> None:
    """AWS: the same input starts nothing while it runs, another one is ExecutionAlreadyExists;
    Express names may repeat."""
    quick = {"send": "start", "workflow": "Quick", "input": {"n": 1}, "name": "a"}
    assert found(judge([quick, quick, {**NESTED, "name": "a"}], {"executions_started": 3})) == []
    twice = [{**NESTED, "name": "a"}, {**NESTED, "name": "a"}]
    assert found(judge(twice, {"executions_started": {"Parent": 1}})) == []
    (text,) = found(judge([twice[0], {**twice[1], "input": {}}], {}))
    assert text.startswith(
        "steps[1]: the step 'start' is refused: ExecutionAlreadyExists: Execution Already Exists:"
        " 'arn:aws:states:us-east-1:123456789012:execution:shop-Parent:a' ("
    )


@pytest.mark.parametrize("name", ["", "a b", "a/b", "a" * 81])
def test_a_name_that_the_service_refuses_is_refused(judge: Any, name: str) -> None:
    (text,) = found(judge([{**NESTED, "name": name}], {}))
    assert f"InvalidName: Invalid Name: '{name}'" in text


def test_an_input_over_the_limit_is_refused(judge: Any) -> None:
    (text,) = found(judge([{**NESTED, "input": "x" * 262_143}], {}))
    assert "ValidationException: 1 validation error detected: Value at 'input'" in text


def test_answers_fill_later_steps(judge: Any) -> None:
    again = order("$order_id-2", at="PT2H")
    again["body"]["tags"] = ["$order_id", "$nothing", 1]
    me = {
        "at": "PT1H",
        "send": "http",
        "method": "GET",
        "path": "/me",
        "headers": {"authorization": "Bearer <test-jwt sub=u1>"},
    }
    text = '{"id": "a-2", "amount": 5, "tags": ["a", "$nothing", 1]}'
    call = {"service": "stepfunctions", "operation": "StartExecution", "input": text}
    verdict = judge(
        [order("a"), me, again],
        {"http_statuses": [202, 200, 202], "api_calls": [call]},
        workflow="Order",
    )
    assert found(verdict) == []


def test_an_event_for_another_bus_reaches_no_rule_of_the_default_one(judge: Any) -> None:
    verdict = judge([{**PLACED, "bus": "own"}], None)
    assert found(verdict) == ["event[0]: no rule on 'own' wants it"]


# --- without expectations -------------------------------------------------------------------------


def test_without_expect_every_event_is_wanted_and_no_execution_fails(judge: Any) -> None:
    assert judge([PLACED], None).status == "passed"
    verdict = judge([event("placed", id="o1", amount="5")], None)
    assert found(verdict) == [
        "event[0]: no rule on 'default' wants it; nearest is rule 'shop-OrderPlaced': detail.amount"
        ' is "5", the pattern wants a number > 0'
    ]
    (text,) = found(judge([event("placed", id="o1", amount=500)], None))
    assert text.endswith(': wanted "SUCCEEDED", got "FAILED"; Declined')


def test_with_expect_a_lost_event_is_a_note(judge: Any) -> None:
    verdict = judge([event("sold")], {"executions_started": 0})
    assert (verdict.status, verdict.notes) == (
        "passed",
        (
            "event[0]: no rule on 'default' wants it; nearest is rule 'shop-ToParked': detail-type"
            ' is "sold", the pattern wants "parked"',
        ),
    )


def test_a_delivery_that_nobody_could_take_is_told(judge: Any) -> None:
    (text,) = found(judge([event("unkept", fail=True)], None))
    assert text.startswith(
        "rule shop-NoteUnkept: did not reach arn:aws:lambda:us-east-1:123456789012:function:shop-Note:"
        ' RuntimeError: {"errorMessage":"note failed"'
    )


# --- given ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fault", "path", "sent"),
    [
        ({"effect": "ignored"}, ["Cool", "Charge", "Save", "Tell"], 1),
        ({"error": "ThrottlingException"}, ["Cool", "Charge", "Save"], 0),
        ({"error": "ThrottlingException", "effect": "after"}, ["Cool", "Charge", "Save"], 0),
        ({"error": "ThrottlingException", "times": -1}, ["Cool", "Charge", "Save"], 0),
        ({"error": "X", "table": "shop-Orders", "message": "m"}, ["Cool", "Charge", "Save"], 0),
    ],
)
def test_a_fault_fails_a_call_or_lets_it_do_nothing(
    fault: dict[str, Any], path: list[str], sent: int, judge: Any
) -> None:
    written = {"service": "dynamodb", "operation": "PutItem", **fault}
    words = {
        "path": path,
        "api_call_counts": {"sqs:SendMessage": sent},
        "execution_status": "SUCCEEDED" if sent else "FAILED",
    }
    verdict = judge([PLACED], words, {"faults": [written]}, workflow="Order")
    assert (found(verdict), verdict.notes) == ([], ())


@pytest.mark.parametrize(
    ("kill", "assumed"),
    [
        ("before", []),
        ("before_provider_call", []),
        ("after_provider_reply", []),
        ("after", [ROLE]),
    ],
)
def test_a_killed_function_dies_before_or_after_its_effect(
    kill: str, assumed: list[str], judge: Any
) -> None:
    fault = {"kill": kill, "function": "Charge"}
    placed = event("placed", id="o1", amount=5, role=ROLE)
    words = {"path": ["Cool", "Charge"], "sts_assumed_roles": assumed}
    if "provider" in kill:  # the shop's functions ask no provider over HTTP
        placed = event("placed", id="o1", amount=5)
        words = {"path": ["Cool", "Charge", "Save", "Tell"], "sts_assumed_roles": assumed}
    verdict = judge([placed], words, {"faults": [fault]}, workflow="Order")
    assert found(verdict) == []


def test_a_fault_that_never_happens_is_a_note(judge: Any) -> None:
    faults = [
        {"service": "dynamodb", "operation": "PutItm", "error": "X"},
        {"service": "s3", "operation": "PutObject", "error": "X", "times": -1},
        {"service": "dynamodb", "operation": "PutItem", "effect": "ignored", "times": 2},
    ]
    verdict = judge([PLACED], {}, {"faults": faults}, workflow="Order")
    assert (verdict.status, verdict.notes) == ("passed", ("given.faults[0] never happened",))


@pytest.mark.parametrize(
    ("schedules", "times"), [("manual", []), ("automatic", ["2026-01-02T00:00:00Z"])]
)
def test_schedules_fire_by_themselves_only_when_asked(
    schedules: str, times: list[str], judge: Any
) -> None:
    """The nightly function runs while there is other work ahead: an approval that waits."""
    steps = [ASK, {**ASK, "at": "PT12H"}]
    verdict = judge(steps, {"ticks": times}, {"schedules": schedules}, ticks(), workflow="Approval")
    assert found(verdict) == []


def test_quotas_are_the_scenarios_own(judge: Any) -> None:
    given = {"quotas": {"history_events": 4, "role_trust_policy_length": 10}}
    verdict = judge([PLACED], {"path": ["Cool"]}, given, workflow="Order")
    assert found(verdict) == []
    verdict = judge([], {}, {"quotas": {"history": 4}})
    assert (verdict.status, found(verdict)) == (
        "error",
        [
            "run: given.quotas: no quota is called 'history'; did you mean 'history_events'?",
        ],
    )
    (text,) = found(judge([], {}, {"quotas": {"x": 4}}))
    assert text.startswith(
        "run: given.quotas: no quota is called 'x'; known: distributed_map_concurrency, "
    )


def test_expired_items_are_swept_late(judge: Any) -> None:
    """The sweeper removes before each step, and its lag keeps items a while longer."""
    words = Vocabulary()

    @words.step("expiring")
    def expiring(world: Any, _step: Any) -> None:
        late = str(int(world.now.timestamp()) + 60)
        with world.simulation.cloud.calling("test"):
            for name, ttl in (("a", {"N": late}), ("b", {"S": late}), ("c", None)):
                item = {"id": {"S": name}, **({} if ttl is None else {"ttl": ttl})}
                world.client("dynamodb").put_item(TableName=world.resource("Orders"), Item=item)

    @words.probe("items")
    def items(world: Any, want: Any) -> Any:
        with world.simulation.cloud.calling("scenario"):
            got = world.client("dynamodb").scan(TableName=world.resource("Orders"))["Items"]
        yield from differences("items", want, sorted(item["id"]["S"] for item in got))

    def left(at: str, lag: str) -> list[str]:
        steps = [
            {"send": "expiring"},
            {"at": at, "send": "start", "workflow": "Quick", "input": {"n": 1}},
        ]
        return found(judge(steps, {"items": ["a", "b", "c"]}, {"ttl_sweeper_lag": lag}, words))

    assert left("PT59S", "PT0S") == []
    assert left("PT1M", "PT1M") == []
    assert left("PT1M", "PT0S") == [
        'items[0]: wanted "a", got "b"',
        'items[1]: wanted "b", got "c"',
        'items[2]: wanted "c", got nothing',
    ]


# --- orderings ------------------------------------------------------------------------------------


def test_every_ordering_of_equal_instants_is_tried(judge: Any) -> None:
    given = {"interleavings": "all"}
    steps = [order("a"), order("a", 6)]
    words: dict[str, Any] = {"http_statuses_any_order": [[202, 409]], "executions_started": 1}
    verdict = judge(steps, words, given, workflow="Order")
    assert (verdict.status, found(verdict), verdict.interleavings) == ("passed", [], 4)


def test_the_ordering_that_fails_is_told(judge: Any) -> None:
    given = {"interleavings": "all"}
    words = {"http_statuses": [202, 409]}
    verdict = judge([order("a"), order("a", 6)], words, given, workflow="Order")
    assert (verdict.status, found(verdict), verdict.interleavings, verdict.notes) == (
        "failed",
        [
            "expect.http_statuses[0]: wanted 202, got 409",
            "expect.http_statuses[1]: wanted 409, got 202",
        ],
        3,
        ("ordering 3: [1, 0]",),
    )


def test_too_many_orderings_are_refused_and_not_left_out(
    judge: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(replaying, "MAX_INTERLEAVINGS", 3)
    verdict = judge([order("a"), order("a", 6)], {}, {"interleavings": "all"}, workflow="Order")
    assert (verdict.status, found(verdict), verdict.interleavings) == (
        "error",
        ["run: interleavings: more than 3 orderings; take steps or states out"],
        3,
    )
