"""Wait in its four forms, and what it refuses."""

import pytest


def wait(**fields):
    return {"Rest": {"Type": "Wait", **fields}}


@pytest.mark.parametrize(
    ("fields", "payload", "seconds"),
    [
        ({"Seconds": 7}, {}, 7),
        ({"Seconds": 0}, {}, 0),
        ({"SecondsPath": "$.s"}, {"s": 8}, 8),
        ({"Timestamp": "2026-01-01T00:00:09Z"}, {}, 9),
        ({"TimestampPath": "$.t"}, {"t": "2026-01-01T02:00:10+02:00"}, 10),
        ({"TimestampPath": "$.t"}, {"t": "2026-01-01T00:00:00.5Z"}, 0.5),
        ({"InputPath": "$.in", "SecondsPath": "$.s"}, {"in": {"s": 3}}, 3),
        ({"SecondsPath": "$$.Execution.Input.s"}, {"s": 4}, 4),
        # the past is over at once
        ({"Timestamp": "1999-12-31T23:59:59Z"}, {}, 0),
        ({"QueryLanguage": "JSONata", "Seconds": "{% $states.input.s * 2 %}"}, {"s": 8}, 16),
        ({"QueryLanguage": "JSONata", "Seconds": "{% $states.input.s %}"}, {"s": 0.25}, 0.25),
        ({"QueryLanguage": "JSONata", "Seconds": 5}, {}, 5),
        (
            {"QueryLanguage": "JSONata", "Timestamp": "{% $states.input.t %}"},
            {"t": "2026-01-01T00:01:00Z"},
            60,
        ),
    ],
)
def test_a_wait_ends_after_its_time(play, fields, payload, seconds):
    played = play(wait(**fields), payload)
    assert played.run.status == "SUCCEEDED"
    assert played.seconds("WaitStateEntered") == [0]
    assert played.seconds("WaitStateExited") == [seconds]


P = "An error occurred while executing the state 'Rest' (entered at the event id #2). "


@pytest.mark.parametrize(
    ("fields", "payload", "cause"),
    [
        (
            {"SecondsPath": "$.s"},
            {},
            "The SecondsPath parameter does not reference an input value: $.s",
        ),
        (
            {"SecondsPath": "$.s"},
            {"s": -1},
            "The SecondsPath parameter references a negative value: $.s == -1",
        ),
        (
            {"SecondsPath": "$.s"},
            {"s": 1.5},
            "The SecondsPath parameter cannot be parsed as a long value: $.s == 1.5",
        ),
        (
            {"SecondsPath": "$.s"},
            {"s": "1"},
            "The SecondsPath parameter cannot be parsed as a long value: $.s == 1",
        ),
        (
            {"SecondsPath": "$.s"},
            {"s": True},
            "The SecondsPath parameter cannot be parsed as a long value: $.s == true",
        ),
        (
            {"TimestampPath": "$.t"},
            {"t": "2026-01-01 00:00:00Z"},
            (
                "The TimestampPath parameter does not reference a valid ISO-8601 extended offset"
                " date-time format string: $.t == 2026-01-01 00:00:00Z"
            ),
        ),
        (
            {"TimestampPath": "$.t"},
            {"t": 5},
            (
                "The TimestampPath parameter does not reference a valid ISO-8601 extended offset"
                " date-time format string: $.t == 5"
            ),
        ),
        ({"TimestampPath": "$.t"}, {}, "Invalid path '$.t' : No results for path: $['t']"),
        ({"SecondsPath": "$.s"}, {"s": 2**31}, "Wait state delay is too long."),
        ({"SecondsPath": "$.s"}, {"s": 10**400}, "Wait state delay is too long."),
        (
            {"QueryLanguage": "JSONata", "Seconds": "{% $states.input.s %}"},
            {"s": 1e305},
            "Wait state delay is too long.",
        ),
        ({"TimestampPath": "$.t"}, {"t": "2094-01-20T00:00:00Z"}, "Wait state delay is too long."),
    ],
)
def test_a_delay_that_is_none_fails_the_execution(play, fields, payload, cause):
    played = play(wait(**fields), payload)
    assert played.types == ["ExecutionStarted", "WaitStateEntered", "ExecutionFailed"]
    assert played.run.history[-1].previous == 2
    assert (played.run.error, played.run.cause) == ("States.Runtime", P + cause)


def test_the_longest_wait_is_two_to_the_31_minus_1_seconds(play):
    # beyond the year after which the service itself ends a Standard execution
    assert play(wait(SecondsPath="$.s"), {"s": 2**31 - 1}).run.status == "TIMED_OUT"


@pytest.mark.parametrize(
    ("fields", "value", "cause"),
    [
        (
            {"Timestamp": "{% $states.input.v %}"},
            "soon",
            (
                "The Timestamp field cannot be parsed as an ISO-8601 extended offset date-time format"
                " string: soon"
            ),
        ),
        (
            {"Timestamp": "{% $states.input.v %}"},
            5,
            (
                "The JSONata expression '$states.input.v' specified for the field 'Timestamp' returned"
                " an unexpected result type. Expected 'string', but was 'number' for value: 5"
            ),
        ),
        (
            {"Seconds": "{% $states.input.v %}"},
            "5",
            (
                "The JSONata expression '$states.input.v' specified for the field 'Seconds' returned an"
                " unexpected result type. Expected 'number', but was 'string' for value: \"5\""
            ),
        ),
        (
            {"Seconds": "{% $states.input.v %}"},
            -5,
            (
                "The JSONata expression '$states.input.v' specified for the field 'Seconds' returned a"
                " value that is out of range: -5; it must not be negative"
            ),
        ),
    ],
)
def test_a_delay_in_jsonata_that_is_none_is_an_evaluation_error(play, fields, value, cause):
    played = play(wait(QueryLanguage="JSONata", **fields), {"v": value})
    # AWS: an expression that fails follows what was before the state; a text that is no instant is
    # found later and follows the state's own event (recorded).
    before = 0 if "unexpected result type" in cause else 2
    assert played.lines[2:] == [
        (
            f"3 EvaluationFailed ←{before} @0 state=Rest error=States.QueryEvaluationError cause={P}{cause}"
            f" location={next(iter(fields))}"
        ),
        f"4 ExecutionFailed ←3 @0 error=States.QueryEvaluationError cause={P}{cause}",
    ]


def test_a_wait_may_change_its_output_and_assign(play):
    states = {
        "Rest": {
            "Type": "Wait",
            "QueryLanguage": "JSONata",
            "Seconds": 1,
            "Assign": {"x": 1},
            "Output": "{% $states.context.State.EnteredTime %}",
        },
        "Then": {
            "Type": "Wait",
            "Seconds": 1,
            "Assign": {"y.$": "$x"},
            "OutputPath": "$$.State.Name",
        },
    }
    assert play(states).lines == [
        "1 ExecutionStarted ←0 @0 input={} roleArn=role",
        "2 WaitStateEntered ←0 @0 name=Rest input={}",
        '3 WaitStateExited ←2 @1 name=Rest output="2026-01-01T00:00:00Z" assignedVariables={"x":"1"}',
        '4 WaitStateEntered ←3 @1 name=Then input="2026-01-01T00:00:00Z"',
        '5 WaitStateExited ←4 @2 name=Then output="Then" assignedVariables={"y":"1"}',
        '6 ExecutionSucceeded ←5 @2 output="Then"',
    ]


def test_an_output_that_fails_after_the_wait_fails_there(play):
    states = wait(QueryLanguage="JSONata", Seconds=5, Output="{% $states.input.x %}")
    played = play(states)
    assert played.lines[2:] == [
        "3 EvaluationFailed ←2 @5 state=Rest error=States.QueryEvaluationError cause=An error occurred while executing the state 'Rest' (entered at the event id #2). The JSONata expression '$states.input.x' specified for the field 'Output' returned nothing (undefined). location=Output",
        "4 ExecutionFailed ←3 @5 error=States.QueryEvaluationError cause=An error occurred while executing the state 'Rest' (entered at the event id #2). The JSONata expression '$states.input.x' specified for the field 'Output' returned nothing (undefined).",
    ]
