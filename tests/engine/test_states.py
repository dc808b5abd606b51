"""Whole histories of small machines, one for each type of state, as the service lists them."""

import pytest

AT = "2026-01-01T00:00:00.000+00:00"
KEPT = {"truncated": False}
FUNCTION = "arn:aws:lambda:us-east-1:1:function:F"
INVOKE = "arn:aws:states:::lambda:invoke"


def test_events_have_the_members_that_the_service_gives_them(play, ok):
    states = {
        "Charge": {"Type": "Task", "Resource": FUNCTION, "TimeoutSeconds": 9, "Assign": {"x": 1}},
        "Done": {"Type": "Succeed"},
    }
    assert play(states, {"n": 1}, tasks={"Charge": [ok({"id": "é"}, 1.5)]}).aws == [
        {
            "timestamp": AT,
            "type": "ExecutionStarted",
            "id": 1,
            "previousEventId": 0,
            "executionStartedEventDetails": {
                "input": '{"n":1}',
                "inputDetails": KEPT,
                "roleArn": "role",
            },
        },
        {
            "timestamp": AT,
            "type": "TaskStateEntered",
            "id": 2,
            "previousEventId": 0,
            "stateEnteredEventDetails": {
                "name": "Charge",
                "input": '{"n":1}',
                "inputDetails": KEPT,
            },
        },
        {
            "timestamp": AT,
            "type": "LambdaFunctionScheduled",
            "id": 3,
            "previousEventId": 2,
            "lambdaFunctionScheduledEventDetails": {
                "resource": FUNCTION,
                "input": '{"n":1}',
                "inputDetails": KEPT,
                "timeoutInSeconds": 9,
            },
        },
        {"timestamp": AT, "type": "LambdaFunctionStarted", "id": 4, "previousEventId": 3},
        {
            "timestamp": "2026-01-01T00:00:01.500+00:00",
            "type": "LambdaFunctionSucceeded",
            "id": 5,
            "previousEventId": 4,
            "lambdaFunctionSucceededEventDetails": {
                "output": '{"id":"é"}',
                "outputDetails": KEPT,
            },
        },
        {
            "timestamp": "2026-01-01T00:00:01.500+00:00",
            "type": "TaskStateExited",
            "id": 6,
            "previousEventId": 5,
            "stateExitedEventDetails": {
                "name": "Charge",
                "output": '{"id":"é"}',
                "outputDetails": KEPT,
                "assignedVariables": {"x": "1"},
                "assignedVariablesDetails": KEPT,
            },
        },
        {
            "timestamp": "2026-01-01T00:00:01.500+00:00",
            "type": "SucceedStateEntered",
            "id": 7,
            "previousEventId": 6,
            "stateEnteredEventDetails": {
                "name": "Done",
                "input": '{"id":"é"}',
                "inputDetails": KEPT,
            },
        },
        {
            "timestamp": "2026-01-01T00:00:01.500+00:00",
            "type": "SucceedStateExited",
            "id": 8,
            "previousEventId": 7,
            "stateExitedEventDetails": {
                "name": "Done",
                "output": '{"id":"é"}',
                "outputDetails": KEPT,
            },
        },
        {
            "timestamp": "2026-01-01T00:00:01.500+00:00",
            "type": "ExecutionSucceeded",
            "id": 9,
            "previousEventId": 8,
            "executionSucceededEventDetails": {
                "output": '{"id":"é"}',
                "outputDetails": KEPT,
            },
        },
    ]


def test_pass(play):
    states = {
        "Plain": {"Type": "Pass"},
        "Result": {"Type": "Pass", "Result": {"a.$": "$.x"}, "ResultPath": "$.made"},
        "Shape": {"Type": "Pass", "Parameters": {"b.$": "$.made"}, "InputPath": "$"},
    }
    assert play(states, {"n": 1}).lines == [
        '1 ExecutionStarted ←0 @0 input={"n":1} roleArn=role',
        '2 PassStateEntered ←0 @0 name=Plain input={"n":1}',
        '3 PassStateExited ←2 @0 name=Plain output={"n":1}',
        '4 PassStateEntered ←3 @0 name=Result input={"n":1}',
        '5 PassStateExited ←4 @0 name=Result output={"n":1,"made":{"a.$":"$.x"}}',
        '6 PassStateEntered ←5 @0 name=Shape input={"n":1,"made":{"a.$":"$.x"}}',
        '7 PassStateExited ←6 @0 name=Shape output={"b":{"a.$":"$.x"}}',
        '8 ExecutionSucceeded ←7 @0 output={"b":{"a.$":"$.x"}}',
    ]


def test_pass_in_jsonata(play):
    state = {
        "Type": "Pass",
        "QueryLanguage": "JSONata",
        "Output": {"twice": "{% $states.input.n * 2 %}", "kept": [1]},
        "Assign": {"seen": "{% $states.input.n %}"},
    }
    assert play({"Twice": state}, {"n": 4}).lines == [
        '1 ExecutionStarted ←0 @0 input={"n":4} roleArn=role',
        '2 PassStateEntered ←0 @0 name=Twice input={"n":4}',
        '3 PassStateExited ←2 @0 name=Twice output={"twice":8,"kept":[1]} assignedVariables={"seen":"4"}',
        '4 ExecutionSucceeded ←3 @0 output={"twice":8,"kept":[1]}',
    ]


def test_task_that_calls_a_function_by_its_arn(play, no):
    state = {
        "Type": "Task",
        "Resource": FUNCTION,
        "Catch": [{"ErrorEquals": ["Declined"], "ResultPath": "$.problem", "Next": "Told"}],
    }
    tasks = {"Charge": [no("Declined", '{"errorMessage":"no"}')]}
    assert play({"Charge": state, "Told": {"Type": "Pass"}}, {"n": 1}, tasks=tasks).lines == [
        '1 ExecutionStarted ←0 @0 input={"n":1} roleArn=role',
        '2 TaskStateEntered ←0 @0 name=Charge input={"n":1}',
        '3 LambdaFunctionScheduled ←2 @0 resource=arn:aws:lambda:us-east-1:1:function:F input={"n":1}',
        "4 LambdaFunctionStarted ←3 @0",
        '5 LambdaFunctionFailed ←4 @0 error=Declined cause={"errorMessage":"no"}',
        '6 TaskStateExited ←5 @0 name=Charge output={"n":1,"problem":{"Error":"Declined","Cause":"{\\"errorMessage\\":\\"no\\"}"}}',
        '7 PassStateEntered ←6 @0 name=Told input={"n":1,"problem":{"Error":"Declined","Cause":"{\\"errorMessage\\":\\"no\\"}"}}',
        '8 PassStateExited ←7 @0 name=Told output={"n":1,"problem":{"Error":"Declined","Cause":"{\\"errorMessage\\":\\"no\\"}"}}',
        '9 ExecutionSucceeded ←8 @0 output={"n":1,"problem":{"Error":"Declined","Cause":"{\\"errorMessage\\":\\"no\\"}"}}',
    ]


def test_task_that_calls_an_integration(play, ok):
    state = {
        "Type": "Task",
        "Resource": INVOKE,
        "Parameters": {"FunctionName": "Charge", "Payload.$": "$"},
        "ResultSelector": {"id.$": "$.Payload.id"},
        "ResultPath": "$.charge",
        "Credentials": {"RoleArn": "arn:aws:iam::111122223333:role/other"},
    }
    played = play({"Charge": state}, {"n": 1}, tasks={"Charge": [ok({"Payload": {"id": 7}}, 2)]})
    assert played.lines == [
        '1 ExecutionStarted ←0 @0 input={"n":1} roleArn=role',
        '2 TaskStateEntered ←0 @0 name=Charge input={"n":1}',
        '3 TaskScheduled ←2 @0 resourceType=lambda resource=invoke region=us-east-1 parameters={"FunctionName":"Charge","Payload":{"n":1}} taskCredentials={"roleArn":"arn:aws:iam::111122223333:role/other"}',
        "4 TaskStarted ←3 @0 resourceType=lambda resource=invoke",
        '5 TaskSucceeded ←4 @2 resourceType=lambda resource=invoke output={"Payload":{"id":7}}',
        '6 TaskStateExited ←5 @2 name=Charge output={"n":1,"charge":{"id":7}}',
        '7 ExecutionSucceeded ←6 @2 output={"n":1,"charge":{"id":7}}',
    ]


def test_task_in_jsonata(play, ok):
    state = {
        "Type": "Task",
        "QueryLanguage": "JSONata",
        "Resource": INVOKE,
        "Arguments": {"FunctionName": "Charge", "Payload": "{% $states.input %}"},
        "Output": "{% $states.result.Payload.id %}",
        "Assign": {"status": "{% $states.result.StatusCode %}"},
    }
    result = {"Payload": {"id": 7}, "StatusCode": 200}
    assert play({"Charge": state}, {"n": 1}, tasks={"Charge": [ok(result)]}).lines == [
        '1 ExecutionStarted ←0 @0 input={"n":1} roleArn=role',
        '2 TaskStateEntered ←0 @0 name=Charge input={"n":1}',
        '3 TaskScheduled ←2 @0 resourceType=lambda resource=invoke region=us-east-1 parameters={"FunctionName":"Charge","Payload":{"n":1}}',
        "4 TaskStarted ←3 @0 resourceType=lambda resource=invoke",
        '5 TaskSucceeded ←4 @0 resourceType=lambda resource=invoke output={"Payload":{"id":7},"StatusCode":200}',
        '6 TaskStateExited ←5 @0 name=Charge output=7 assignedVariables={"status":"200"}',
        "7 ExecutionSucceeded ←6 @0 output=7",
    ]


def test_wait(play):
    states = {"Rest": {"Type": "Wait", "Seconds": 90}, "Done": {"Type": "Succeed"}}
    assert play(states, [1]).lines == [
        "1 ExecutionStarted ←0 @0 input=[1] roleArn=role",
        "2 WaitStateEntered ←0 @0 name=Rest input=[1]",
        "3 WaitStateExited ←2 @90 name=Rest output=[1]",
        "4 SucceedStateEntered ←3 @90 name=Done input=[1]",
        "5 SucceedStateExited ←4 @90 name=Done output=[1]",
        "6 ExecutionSucceeded ←5 @90 output=[1]",
    ]


CHOICE = {
    "Big": {
        "Type": "Choice",
        "InputPath": "$.order",
        "Choices": [
            {
                "Variable": "$.n",
                "NumericGreaterThan": 10,
                "Next": "Yes",
                "Assign": {"n.$": "$.n"},
            },
            {"Variable": "$.n", "IsString": True, "Next": "Yes"},
        ],
        "Default": "No",
        "Assign": {"other.$": "$.n"},
    },
    "Yes": {"Type": "Succeed"},
    "No": {"Type": "Fail", "Error": "TooSmall", "Cause": "not over ten"},
}


def test_choice_that_matches_brings_the_assign_of_its_rule(play):
    assert play(CHOICE, {"order": {"n": 11}}).lines == [
        '1 ExecutionStarted ←0 @0 input={"order":{"n":11}} roleArn=role',
        '2 ChoiceStateEntered ←0 @0 name=Big input={"order":{"n":11}}',
        '3 ChoiceStateExited ←2 @0 name=Big output={"n":11} assignedVariables={"n":"11"}',
        '4 SucceedStateEntered ←3 @0 name=Yes input={"n":11}',
        '5 SucceedStateExited ←4 @0 name=Yes output={"n":11}',
        '6 ExecutionSucceeded ←5 @0 output={"n":11}',
    ]


def test_choice_by_default_brings_the_assign_of_the_state(play):
    assert play(CHOICE, {"order": {"n": 1}}).lines == [
        '1 ExecutionStarted ←0 @0 input={"order":{"n":1}} roleArn=role',
        '2 ChoiceStateEntered ←0 @0 name=Big input={"order":{"n":1}}',
        '3 ChoiceStateExited ←2 @0 name=Big output={"n":1} assignedVariables={"other":"1"}',
        '4 FailStateEntered ←3 @0 name=No input={"n":1}',
        "5 ExecutionFailed ←4 @0 error=TooSmall cause=not over ten",
    ]


def test_choice_in_jsonata(play):
    states = {
        "Big": {
            "Type": "Choice",
            "QueryLanguage": "JSONata",
            "Choices": [
                {"Condition": False, "Next": "No"},
                {
                    "Condition": "{% $states.input.n > 10 %}",
                    "Next": "Yes",
                    "Output": {"big": True},
                    "Assign": {"n": "{% $states.input.n %}"},
                },
            ],
            "Output": "{% $states.input.n %}",
            "Default": "No",
        },
        "Yes": {"Type": "Succeed"},
        "No": {"Type": "Succeed"},
    }
    assert play(states, {"n": 11}).lines == [
        '1 ExecutionStarted ←0 @0 input={"n":11} roleArn=role',
        '2 ChoiceStateEntered ←0 @0 name=Big input={"n":11}',
        '3 ChoiceStateExited ←2 @0 name=Big output={"big":true} assignedVariables={"n":"11"}',
        '4 SucceedStateEntered ←3 @0 name=Yes input={"big":true}',
        '5 SucceedStateExited ←4 @0 name=Yes output={"big":true}',
        '6 ExecutionSucceeded ←5 @0 output={"big":true}',
    ]
    assert play(states, {"n": 1}).output == 1


def test_choice_without_a_match_fails(play):
    states = {
        "Big": {
            "Type": "Choice",
            "Choices": [{"Variable": "$.n", "NumericEquals": 10, "Next": "Yes"}],
        },
        "Yes": {"Type": "Succeed"},
    }
    assert play(states, {"n": 1}).lines == [
        '1 ExecutionStarted ←0 @0 input={"n":1} roleArn=role',
        '2 ChoiceStateEntered ←0 @0 name=Big input={"n":1}',
        "3 ExecutionFailed ←2 @0 error=States.NoChoiceMatched cause=An error occurred while executing the state 'Big' (entered at the event id #2). Failed to transition out of the state. The state does not point to a next state.",
    ]


def test_succeed(play):
    assert play(
        {"Done": {"Type": "Succeed", "InputPath": "$.a", "OutputPath": "$.b"}}, {"a": {"b": 1}}
    ).lines == [
        '1 ExecutionStarted ←0 @0 input={"a":{"b":1}} roleArn=role',
        '2 SucceedStateEntered ←0 @0 name=Done input={"a":{"b":1}}',
        "3 SucceedStateExited ←2 @0 name=Done output=1",
        "4 ExecutionSucceeded ←3 @0 output=1",
    ]


def test_succeed_in_jsonata(play):
    state = {"Type": "Succeed", "QueryLanguage": "JSONata", "Output": "{% $states.input.a %}"}
    assert play({"Done": state}, {"a": None}).output is None


def test_fail(play):
    assert play({"Stop": {"Type": "Fail", "Error": "No", "Cause": "why"}}, 1).lines == [
        "1 ExecutionStarted ←0 @0 input=1 roleArn=role",
        "2 FailStateEntered ←0 @0 name=Stop input=1",
        "3 ExecutionFailed ←2 @0 error=No cause=why",
    ]


def test_fail_without_error_and_cause_shows_neither(play):
    played = play({"Stop": {"Type": "Fail"}})
    assert played.last == "ExecutionFailed"
    assert (played.run.status, played.run.error, played.run.cause) == ("FAILED", None, None)


@pytest.mark.parametrize(
    "state",
    [
        {"ErrorPath": "$.e", "CausePath": "$$.Execution.Name"},
        {"ErrorPath": "States.Format('{}', $.e)", "CausePath": "States.JsonToString('one')"},
        {"QueryLanguage": "JSONata", "Error": "{% $states.input.e %}", "Cause": "one"},
    ],
)
def test_fail_reads_its_texts(play, state):
    played = play({"Stop": {"Type": "Fail", **state}}, {"e": "No"})
    assert played.run.error == "No"
    assert played.run.cause in {"one", '"one"'}


def test_fail_with_a_path_that_finds_nothing(play):
    assert play({"Stop": {"Type": "Fail", "ErrorPath": "$.e"}}, {}).lines == [
        "1 ExecutionStarted ←0 @0 input={} roleArn=role",
        "2 FailStateEntered ←0 @0 name=Stop input={}",
        "3 ExecutionFailed ←2 @0 error=States.Runtime cause=An error occurred while executing the state 'Stop' (entered at the event id #2). The JSONPath '$.e' specified for the field 'ErrorPath' could not be found in the input '{}'",
    ]


def test_fail_with_a_text_that_is_none(play):
    path = play({"Stop": {"Type": "Fail", "CausePath": "$.c"}}, {"c": 1})
    assert path.last == (
        "ExecutionFailed error=States.Runtime cause=An error occurred while executing the state"
        " 'Stop' (entered at the event id #2). The CausePath field refers to a value that is not a"
        " string: 1"
    )
    state = {"Type": "Fail", "QueryLanguage": "JSONata", "Cause": "{% $states.input.c %}"}
    assert play({"Stop": state}, {"c": 1}).lines == [
        '1 ExecutionStarted ←0 @0 input={"c":1} roleArn=role',
        '2 FailStateEntered ←0 @0 name=Stop input={"c":1}',
        "3 EvaluationFailed ←0 @0 state=Stop error=States.QueryEvaluationError cause=An error occurred while executing the state 'Stop' (entered at the event id #2). The JSONata expression '$states.input.c' specified for the field 'Cause' returned an unexpected result type. Expected 'string', but was 'number' for value: 1 location=Cause",
        "4 ExecutionFailed ←3 @0 error=States.QueryEvaluationError cause=An error occurred while executing the state 'Stop' (entered at the event id #2). The JSONata expression '$states.input.c' specified for the field 'Cause' returned an unexpected result type. Expected 'string', but was 'number' for value: 1",
    ]


def test_parallel(play, ok):
    def branch(name):
        states = {name: {"Type": "Task", "Resource": FUNCTION, "End": True}}
        return {"StartAt": name, "States": states}

    states = {"Both": {"Type": "Parallel", "Branches": [branch("Slow"), branch("Quick")]}}
    tasks = {"Slow": [ok("s", 5)], "Quick": [ok("q", 1)]}
    assert play(states, {"n": 1}, tasks=tasks).lines == [
        '1 ExecutionStarted ←0 @0 input={"n":1} roleArn=role',
        '2 ParallelStateEntered ←0 @0 name=Both input={"n":1}',
        "3 ParallelStateStarted ←2 @0",
        '4 TaskStateEntered ←3 @0 name=Slow input={"n":1}',
        '5 LambdaFunctionScheduled ←4 @0 resource=arn:aws:lambda:us-east-1:1:function:F input={"n":1}',
        "6 LambdaFunctionStarted ←5 @0",
        '7 TaskStateEntered ←3 @0 name=Quick input={"n":1}',
        '8 LambdaFunctionScheduled ←7 @0 resource=arn:aws:lambda:us-east-1:1:function:F input={"n":1}',
        "9 LambdaFunctionStarted ←8 @0",
        '10 LambdaFunctionSucceeded ←9 @1 output="q"',
        '11 TaskStateExited ←10 @1 name=Quick output="q"',
        '12 LambdaFunctionSucceeded ←6 @5 output="s"',
        '13 TaskStateExited ←12 @5 name=Slow output="s"',
        "14 ParallelStateSucceeded ←13 @5",
        '15 ParallelStateExited ←13 @5 name=Both output=["s","q"]',
        '16 ExecutionSucceeded ←15 @5 output=["s","q"]',
    ]


def test_map(play, ok):
    states = {
        "Each": {
            "Type": "Map",
            "ItemsPath": "$.orders",
            "ItemSelector": {
                "order.$": "$$.Map.Item.Value",
                "at.$": "$$.Map.Item.Index",
                "of.$": "$.of",
            },
            "MaxConcurrency": 1,
            "ItemProcessor": {
                "StartAt": "Charge",
                "States": {"Charge": {"Type": "Task", "Resource": FUNCTION, "End": True}},
            },
            "ResultPath": "$.charged",
        }
    }
    tasks = {"Charge": [ok("one", 1), ok("two", 1)]}
    assert play(states, {"orders": [5, 6], "of": "x"}, tasks=tasks).lines == [
        '1 ExecutionStarted ←0 @0 input={"orders":[5,6],"of":"x"} roleArn=role',
        '2 MapStateEntered ←0 @0 name=Each input={"orders":[5,6],"of":"x"}',
        "3 MapStateStarted ←2 @0 length=2",
        "4 MapIterationStarted ←3 @0 name=Each index=0",
        '5 TaskStateEntered ←4 @0 name=Charge input={"order":5,"at":0,"of":"x"}',
        '6 LambdaFunctionScheduled ←5 @0 resource=arn:aws:lambda:us-east-1:1:function:F input={"order":5,"at":0,"of":"x"}',
        "7 LambdaFunctionStarted ←6 @0",
        '8 LambdaFunctionSucceeded ←7 @1 output="one"',
        '9 TaskStateExited ←8 @1 name=Charge output="one"',
        "10 MapIterationSucceeded ←9 @1 name=Each index=0",
        "11 MapIterationStarted ←9 @1 name=Each index=1",
        '12 TaskStateEntered ←11 @1 name=Charge input={"order":6,"at":1,"of":"x"}',
        '13 LambdaFunctionScheduled ←12 @1 resource=arn:aws:lambda:us-east-1:1:function:F input={"order":6,"at":1,"of":"x"}',
        "14 LambdaFunctionStarted ←13 @1",
        '15 LambdaFunctionSucceeded ←14 @2 output="two"',
        '16 TaskStateExited ←15 @2 name=Charge output="two"',
        "17 MapIterationSucceeded ←16 @2 name=Each index=1",
        "18 MapStateSucceeded ←17 @2",
        '19 MapStateExited ←17 @2 name=Each output={"orders":[5,6],"of":"x","charged":["one","two"]}',
        '20 ExecutionSucceeded ←19 @2 output={"orders":[5,6],"of":"x","charged":["one","two"]}',
    ]


def test_map_over_nothing(play):
    states = {
        "Each": {
            "Type": "Map",
            "ItemProcessor": {"StartAt": "P", "States": {"P": {"Type": "Pass", "End": True}}},
        }
    }
    assert play(states, []).lines == [
        "1 ExecutionStarted ←0 @0 input=[] roleArn=role",
        "2 MapStateEntered ←0 @0 name=Each input=[]",
        "3 MapStateStarted ←2 @0 length=0",
        "4 MapStateSucceeded ←3 @0",
        "5 MapStateExited ←3 @0 name=Each output=[]",
        "6 ExecutionSucceeded ←5 @0 output=[]",
    ]


def test_map_in_jsonata(play):
    states = {
        "Each": {
            "Type": "Map",
            "QueryLanguage": "JSONata",
            "Items": "{% $states.input.orders %}",
            "ItemSelector": {"n": "{% $states.context.Map.Item.Value %}"},
            "ItemProcessor": {"StartAt": "P", "States": {"P": {"Type": "Pass", "End": True}}},
            "Output": "{% $count($states.result) %}",
        }
    }
    assert play(states, {"orders": [5, 6]}).lines == [
        '1 ExecutionStarted ←0 @0 input={"orders":[5,6]} roleArn=role',
        '2 MapStateEntered ←0 @0 name=Each input={"orders":[5,6]}',
        "3 MapStateStarted ←2 @0 length=2",
        "4 MapIterationStarted ←3 @0 name=Each index=0",
        "5 MapIterationStarted ←3 @0 name=Each index=1",
        '6 PassStateEntered ←4 @0 name=P input={"n":5}',
        '7 PassStateExited ←6 @0 name=P output={"n":5}',
        '8 PassStateEntered ←5 @0 name=P input={"n":6}',
        '9 PassStateExited ←8 @0 name=P output={"n":6}',
        "10 MapIterationSucceeded ←7 @0 name=Each index=0",
        "11 MapIterationSucceeded ←9 @0 name=Each index=1",
        "12 MapStateSucceeded ←11 @0",
        "13 MapStateExited ←11 @0 name=Each output=2",
        "14 ExecutionSucceeded ←13 @0 output=2",
    ]
