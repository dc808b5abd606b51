"""Recordings of every kind, written here: what is replayed, graded, and told when it differs."""

import json
from pathlib import Path

import pytest

from simulator.verify.cases import Case
from simulator.verify.grades import grade, without
from simulator.verify.verification import verify

ARN = "arn:aws:states:us-east-1:123456789012:stateMachine:m"
PASS = {"Type": "Pass", "End": True}
FUNCTION = "arn:aws:lambda:us-east-1:123456789012:function:f"


def recording(definition, expected, **more):
    return {
        "id": "area/one",
        "area": "area",
        "kind": "execution",
        "type": "STANDARD",
        "name": "m",
        "clock": "2025-01-01T00:00:00Z",
        "recorded_date": "04-08-2025, 16:47:10",
        "execution_arn": ARN.replace("stateMachine", "execution") + ":e",
        "execution_name": "e",
        "state_machine_arn": ARN,
        "account": "123456789012",
        "region": "us-east-1",
        "definition": definition,
        "input": {},
        "replay": {"mode": "full"},
        "expected": expected,
        **more,
    }


def outcome(value):
    return verify(Case(value["id"], value["area"], value["kind"], Path("one.json"), value))


def one(state):
    return {"StartAt": "A", "States": {"A": {"End": True, **state}}}


def levels(found):
    return [found.grade.levels[level] for level in ("L1", "L2", "L3", "L4")]


# -- executions --------------------------------------------------------------------------------


def test_output_alone_may_be_recorded():
    expected = {"status": "SUCCEEDED", "output": {"n": 1}}
    found = outcome(recording(one({"Type": "Pass", "Result": {"n": 1}}), expected))
    assert (found.verdict, levels(found)) == ("passed", [True, True, None, None])
    assert found.result["output"] == '{"n":1}'


def test_a_cause_that_differs_is_level_two():
    fail = {"StartAt": "A", "States": {"A": {"Type": "Fail", "Error": "E", "Cause": "ours"}}}
    expected = {"status": "FAILED", "error": "E", "cause": "theirs"}
    found = outcome(recording(fail, expected))
    assert (found.verdict, levels(found)) == ("failed", [True, False, None, None])
    assert [str(one) for one in found.grade.differences] == ['cause: expected "theirs", got "ours"']
    assert found.grade.failed_at == "L2"


def test_some_events_may_be_recorded():
    partial = {"1": {"type": "PassStateEntered", "stateEnteredEventDetails": {"name": "A"}}}
    expected = {"status": "SUCCEEDED", "output": {}, "partial_events": partial}
    assert levels(outcome(recording(one({"Type": "Pass"}), expected))) == [True, True, True, None]
    partial["1"]["stateEnteredEventDetails"] = {"name": "B", "more": 1}
    partial["9"] = {}
    found = outcome(recording(one({"Type": "Pass"}), expected))
    assert [str(one) for one in found.grade.differences] == [
        'events[2].stateEnteredEventDetails.name: expected "B", got "A"',
        "events[2].stateEnteredEventDetails.more: expected 1, got null",
        "events[10]: expected {}, got null",
    ]


def test_the_service_of_that_day_is_replayed():
    """Until September 2025 a Map over an object was an error (recorded)."""
    each = {"Type": "Map", "ItemProcessor": {"StartAt": "B", "States": {"B": PASS}}}
    then = recording(one(each), {"status": "FAILED", "error": "States.Runtime"}, input={"a": 1})
    now = recording(one(each), {"status": "SUCCEEDED", "output": [{"a": 1}]}, input={"a": 1})
    assert outcome(then).verdict == "passed"
    found = outcome({**now, "recorded_date": "01-12-2025, 00:00:00"})
    assert found.result["status"] == "SUCCEEDED"


def test_an_execution_is_stopped_where_somebody_stopped_it():
    wait = one({"Type": "Wait", "Seconds": 30})
    stop = {"operation": "stop_execution", "params": {"error": "E", "cause": "C"}}
    expected = {"status": "ABORTED", "error": "E", "cause": "C"}
    assert outcome(recording(wait, expected, actions=[stop])).verdict == "passed"


def test_a_running_execution_is_looked_at_where_it_was():
    wait = one({"Type": "Wait", "Seconds": 30})
    assert outcome(recording(wait, {"status": "RUNNING"})).verdict == "passed"


def test_an_activity_without_a_task_is_gone():
    activity = "arn:aws:states:us-east-1:123456789012:activity:a"
    expected = {
        "status": "FAILED",
        "error": "States.Runtime",
        "cause": "An error occurred while executing the state 'A' (entered at the event id #2). "
        f"The activity {activity} does not exist.",
    }
    found = outcome(recording(one({"Type": "Task", "Resource": activity}), expected))
    assert found.verdict == "passed"


def test_objects_of_the_setup_are_items():
    def put(operation, **params):
        return {"service": "s3", "operation": operation, "params": params}

    each = {
        "Type": "Map",
        "ItemReader": {
            "Resource": "arn:aws:states:::s3:getObject",
            "ReaderConfig": {"InputType": "JSON"},
            "Parameters": {"Bucket": "items-of-a-map", "Key": "k"},
        },
        "ItemProcessor": {
            "ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"},
            "StartAt": "B",
            "States": {"B": PASS},
        },
    }
    setup = [
        put("create_bucket", Bucket="items-of-a-map"),
        put("put_object", Bucket="items-of-a-map", Key="k", Body="[1,2]"),
    ]
    expected = {"status": "SUCCEEDED", "output": [1, 2]}
    assert outcome(recording(one(each), expected, setup=setup)).verdict == "passed"
    found = outcome(recording(one(each), expected))
    assert (found.verdict, found.reason) == (
        "skipped",
        "the Map 'A' reads or writes S3, and the recording does not say what lay there",
    )


@pytest.mark.parametrize("mode", ["partial", "none"])
def test_what_cannot_be_replayed_is_skipped_with_its_reason(mode):
    given = recording(one({"Type": "Pass"}), {}, replay={"mode": mode, "why": "no history"})
    assert (outcome(given).verdict, outcome(given).reason) == ("skipped", "no history")


def test_a_definition_may_be_recorded_as_text():
    given = recording(None, {"status": "SUCCEEDED", "output": {}})
    given["definition_text"] = json.dumps(one({"Type": "Pass"}))
    assert outcome(given).verdict == "passed"


def test_members_that_cannot_be_compared_are_left_out():
    expected = {"status": "SUCCEEDED", "output": {"kept": 1, "Meta": {"Date": "then"}}}
    state = {"Type": "Pass", "Result": {"kept": 1, "Meta": {"Date": "now"}}}
    given = recording(one(state), expected)
    assert outcome(given).verdict == "failed"
    assert outcome({**given, "compare": {"ignore_paths": ["$..Meta"]}}).verdict == "passed"
    assert outcome({**given, "compare": {"ignore_paths": ["$..Meta.Date"]}}).verdict == "passed"


@pytest.mark.parametrize(
    ("path", "left"),
    [
        ("$..a", {"b": {"c": 2}, "t": {}, "l": [{}]}),
        ("$.a", {"b": {"a": 1, "c": 2}, "t": {"a": 1}, "l": [{"a": 1}]}),
        ("$..b.c", {"a": 1, "b": {"a": 1}, "t": {"a": 1}, "l": [{"a": 1}]}),
        ("$.b.c", {"a": 1, "b": {"a": 1}, "t": {"a": 1}, "l": [{"a": 1}]}),
    ],
)
def test_paths_look_into_json_texts(path, left):
    value = {"a": 1, "b": {"a": 1, "c": 2}, "t": '{"a": 1}', "l": [{"a": 1}]}
    found = without(value, [path])
    found["t"] = found["t"] if isinstance(found["t"], dict) else json.loads(found["t"])
    assert found == left


# -- mock files --------------------------------------------------------------------------------


INVOKE = {
    "Type": "Task",
    "Resource": "arn:aws:states:::lambda:invoke",
    "Parameters": {"FunctionName": "f"},
    "Retry": [{"ErrorEquals": ["Busy"]}],
}


def mocked(state, response, expected, tasks=()):
    config = {
        "StateMachines": {"m": {"TestCases": {"C": {"A": "r"}}}},
        "MockedResponses": {"r": response},
    }
    return outcome(
        recording(
            one(state),
            expected,
            replay={"mode": "mock_config"},
            mock_config=config,
            test_case="C",
            tasks=list(tasks),
        )
    )


def test_a_mock_file_answers():
    response = {"0": {"Throw": {"Error": "Busy", "Cause": "c"}}, "1": {"Return": {"Payload": 7}}}
    found = mocked(INVOKE, response, {"status": "SUCCEEDED", "output": {"Payload": 7}})
    assert found.verdict == "passed"


def test_a_function_called_by_its_arn_gives_the_payload():
    response = {"0": {"Return": {"StatusCode": 200, "Payload": {"n": 1}}}}
    expected = {"status": "SUCCEEDED", "output": {"n": 1}}
    assert mocked({"Type": "Task", "Resource": FUNCTION}, response, expected).verdict == "passed"


def test_a_callback_shows_what_was_recorded_when_it_was_submitted():
    state = {
        "Type": "Task",
        "Resource": "arn:aws:states:::sqs:sendMessage.waitForTaskToken",
        "Parameters": {"QueueUrl": "q", "MessageBody": {"t.$": "$$.Task.Token"}},
    }
    task = {
        "state": "A",
        "path": [],
        "entry": 1,
        "attempt": 1,
        "scheduled_event": 2,
        "submitted": {"MessageId": "m"},
        "result": {"status": "succeeded", "output": 1},
    }
    expected = {"status": "SUCCEEDED", "output": 2}
    found = mocked(state, {"0": {"Return": 2}}, expected, [task])
    assert found.verdict == "passed"
    [submitted] = [event for event in found.result["events"] if event["type"] == "TaskSubmitted"]
    assert submitted["taskSubmittedEventDetails"]["output"] == '{"MessageId":"m"}'


def test_a_state_called_more_often_than_its_mock_has_answers_ends_the_replay():
    response = {"0": {"Throw": {"Error": "Busy", "Cause": "c"}}}
    found = mocked(INVOKE, response, {"status": "SUCCEEDED", "output": 1})
    assert (found.verdict, found.reason) == (
        "failed",
        "the state 'A' is called 2 times, and its mocked response 'r' ends after 1",
    )


def test_a_state_that_is_not_mocked_and_not_recorded_ends_the_replay():
    two = {"Type": "Task", "Resource": FUNCTION}
    config = {"StateMachines": {"m": {"TestCases": {"C": {}}}}, "MockedResponses": {}}
    given = recording(
        one(two), {}, replay={"mode": "mock_config"}, mock_config=config, test_case="C"
    )
    assert outcome(given).reason == (
        f"the state 'A' calls {FUNCTION}, and the recording has no result for it"
    )


def test_a_wrong_mock_file_is_told():
    found = mocked(INVOKE, {"0": {}}, {})
    assert (found.verdict, found.grade) == ("failed", None)
    assert found.reason == "the mocked response 'r', 0 needs either Return or Throw"


# -- definitions -------------------------------------------------------------------------------


def validation(text, expected, operation="validate_state_machine_definition", **more):
    return outcome(
        {
            "id": "area/one",
            "area": "area",
            "kind": "validation",
            "operation": operation,
            "type": "STANDARD",
            "definition_text": json.dumps(text),
            "expected": expected,
            **more,
        }
    )


REQUIRED = {
    "code": "SCHEMA_VALIDATION_FAILED",
    "location": "/",
    "message": "These fields are required: [States]",
    "severity": "ERROR",
}


def test_diagnostics_are_those_of_the_service():
    found = validation({"StartAt": "A"}, {"valid": False, "diagnostics": [REQUIRED]})
    assert (found.verdict, levels(found)) == ("passed", [True, True, True, None])


def test_other_words_are_level_three_other_codes_level_two():
    other = {**REQUIRED, "message": "another"}
    found = validation({"StartAt": "A"}, {"valid": False, "diagnostics": [other]})
    assert levels(found) == [True, True, False, None]
    other = {**REQUIRED, "code": "OTHER"}
    found = validation({"StartAt": "A"}, {"valid": False, "diagnostics": [other]})
    assert levels(found) == [True, False, False, None]
    assert levels(validation(one({"Type": "Pass"}), {"valid": False})) == [
        False,
        False,
        False,
        None,
    ]


def test_what_create_says():
    message = (
        "Invalid State Machine Definition: 'SCHEMA_VALIDATION_FAILED: These fields are required:"
        " [States] at /'"
    )
    expected = {"valid": False, "error": "InvalidDefinition", "message": message}
    assert validation({"StartAt": "A"}, expected, "create_state_machine").verdict == "passed"


def test_variable_references():
    definition = one({"Type": "Pass", "Parameters": {"a.$": "$y", "b.$": "$x"}})
    expected = {"valid": True, "variable_references": {"A": ["x", "y"]}}
    found = validation(None, expected, "describe_state_machine", definition=definition)
    assert found.verdict == "passed"
    expected = {"valid": True, "variable_references": {"A": ["x"]}}
    found = validation(None, expected, "describe_state_machine", definition=definition)
    assert levels(found) == [True, False, False, None]


# -- single states -----------------------------------------------------------------------------


def ask(definition, expected, **more):
    return outcome(
        {
            "id": "area/one",
            "area": "area",
            "kind": "test_state",
            "clock": "2025-01-01T00:00:00Z",
            "request": {"definition": json.dumps(definition), "inspectionLevel": "DEBUG", **more},
            "expected": expected,
        }
    )


ANSWER = {
    "status": "SUCCEEDED",
    "output": {"a": 1},
    "inspectionData": {"input": {"a": 1}, "afterInputPath": '{"a": 1}'},
}


def test_a_single_state_is_tested():
    found = ask(PASS, {"response": ANSWER}, input='{"a": 1}')
    got = found.result["inspectionData"]
    assert levels(found)[:2] == [True, True]
    exact = {**ANSWER, "inspectionData": got}
    assert ask(PASS, {"response": exact}, input='{"a": 1}').verdict == "passed"
    more = {**exact, "inspectionData": {**got, "result": "1"}}
    assert levels(ask(PASS, {"response": more}, input='{"a": 1}')) == [True, True, False, None]
    other = {**exact, "output": {"a": 2}}
    assert levels(ask(PASS, {"response": other}, input='{"a": 1}')) == [True, False, False, None]


def test_the_call_of_a_tested_state_is_answered_as_it_was():
    response = {"status": "SUCCEEDED", "output": "7", "inspectionData": {"result": "7"}}
    task = {"Type": "Task", "Resource": FUNCTION, "End": True}
    request = {"roleArn": "arn:aws:iam::123456789012:role/r"}
    assert levels(ask(task, {"response": response}, **request))[:2] == [True, True]
    failed = {"status": "FAILED", "error": "E", "cause": {"why": 1}}
    assert levels(ask(task, {"response": failed}, **request))[:2] == [True, True]


def test_a_refused_test_is_told_with_code_and_message():
    found = ask({"Type": "Pass"}, {"error_response": {"Code": "InvalidDefinition"}})
    assert levels(found)[0] is True
    message = found.result["error"]["Message"]
    expected = {"error_response": {"Code": "InvalidDefinition", "Message": message}}
    assert ask({"Type": "Pass"}, expected).verdict == "passed"
    expected = {"error_response": {"Code": "InvalidDefinition", "Message": "another"}}
    assert levels(ask({"Type": "Pass"}, expected)) == [True, False, False, None]
    assert levels(ask(PASS, expected)) == [False, False, False, None]


def test_results_of_the_wrong_shape_are_graded_all_the_same():
    value = recording(one({"Type": "Pass"}), {"status": "SUCCEEDED", "output": 1})
    assert grade(value, {"status": "SUCCEEDED"}).levels["L1"] is False
    assert grade(value, {"status": "SUCCEEDED", "output": "text"}).levels["L1"] is False
    assert grade(value, {"status": "SUCCEEDED", "output": 1}).levels["L1"] is True
