"""Catchers: which errors reach them, and what they hand on."""

import pytest

FUNCTION = "arn:aws:lambda:us-east-1:1:function:F"


def task(*catchers, **more):
    return {"Type": "Task", "Resource": FUNCTION, "Catch": list(catchers), **more}


def catcher(*errors, to="Caught", **more):
    return {"ErrorEquals": list(errors), "Next": to, **more}


CAUGHT = {"Caught": {"Type": "Pass"}}


def test_the_first_catcher_that_names_the_error_wins(play, no):
    states = {
        "T": task(
            catcher("Other", to="No"), catcher("Bad", "Busy"), catcher("States.ALL", to="No")
        ),
        "No": {"Type": "Fail"},
        **CAUGHT,
    }
    played = play(states, {"n": 1}, tasks={"T": [no("Busy", "why")]})
    assert played.lines == [
        '1 ExecutionStarted ←0 @0 input={"n":1} roleArn=role',
        '2 TaskStateEntered ←0 @0 name=T input={"n":1}',
        '3 LambdaFunctionScheduled ←2 @0 resource=arn:aws:lambda:us-east-1:1:function:F input={"n":1}',
        "4 LambdaFunctionStarted ←3 @0",
        "5 LambdaFunctionFailed ←4 @0 error=Busy cause=why",
        '6 TaskStateExited ←5 @0 name=T output={"Error":"Busy","Cause":"why"}',
        '7 PassStateEntered ←6 @0 name=Caught input={"Error":"Busy","Cause":"why"}',
        '8 PassStateExited ←7 @0 name=Caught output={"Error":"Busy","Cause":"why"}',
        '9 ExecutionSucceeded ←8 @0 output={"Error":"Busy","Cause":"why"}',
    ]


def test_an_error_that_nobody_catches_ends_the_execution(play, no):
    states = {"T": task(catcher("Other")), **CAUGHT}
    assert play(states, {}, tasks={"T": [no("Busy", "why")]}).lines == [
        "1 ExecutionStarted ←0 @0 input={} roleArn=role",
        "2 TaskStateEntered ←0 @0 name=T input={}",
        "3 LambdaFunctionScheduled ←2 @0 resource=arn:aws:lambda:us-east-1:1:function:F input={}",
        "4 LambdaFunctionStarted ←3 @0",
        "5 LambdaFunctionFailed ←4 @0 error=Busy cause=why",
        "6 ExecutionFailed ←5 @0 error=Busy cause=why",
    ]


@pytest.mark.parametrize(
    ("path", "output"),
    [
        ("$", {"Error": "Busy", "Cause": "why"}),
        (None, {"n": 1}),
        ("$.a.b", {"n": 1, "a": {"b": {"Error": "Busy", "Cause": "why"}}}),
        ("$.n", {"n": {"Error": "Busy", "Cause": "why"}}),
    ],
)
def test_result_path_puts_the_error_into_the_raw_input(play, no, path, output):
    states = {
        "T": task(
            catcher("Busy", ResultPath=path), InputPath="$.n", OutputPath="$.never",
            ResultSelector={"never.$": "$.never"}, ResultPath="$.never",
        ),
        **CAUGHT,
    }  # fmt: skip
    assert play(states, {"n": 1}, tasks={"T": [no("Busy", "why")]}).output == output


def test_a_catcher_assigns_for_the_next_state_and_the_states_own_assign_is_left_out(play, no):
    states = {
        "T": task(catcher("Busy", Assign={"why.$": "$.Cause"}), Assign={"done": True}),
        "Caught": {"Type": "Pass", "Parameters": {"why.$": "$why"}},
    }
    played = play(states, {}, tasks={"T": [no("Busy", "full")]})
    assert played.lines == [
        "1 ExecutionStarted ←0 @0 input={} roleArn=role",
        "2 TaskStateEntered ←0 @0 name=T input={}",
        "3 LambdaFunctionScheduled ←2 @0 resource=arn:aws:lambda:us-east-1:1:function:F input={}",
        "4 LambdaFunctionStarted ←3 @0",
        "5 LambdaFunctionFailed ←4 @0 error=Busy cause=full",
        '6 TaskStateExited ←5 @0 name=T output={"Error":"Busy","Cause":"full"} assignedVariables={"why":"\\"full\\""}',
        '7 PassStateEntered ←6 @0 name=Caught input={"Error":"Busy","Cause":"full"}',
        '8 PassStateExited ←7 @0 name=Caught output={"why":"full"}',
        '9 ExecutionSucceeded ←8 @0 output={"why":"full"}',
    ]


def test_a_catcher_in_jsonata_has_output_and_assign(play, no):
    states = {
        "T": task(
            catcher(
                "Busy",
                Output={"was": "{% $states.errorOutput.Error %}", "n": "{% $states.input.n %}"},
                Assign={"why": "{% $states.errorOutput.Cause %}"},
            ),
            QueryLanguage="JSONata",
            Output="never",
        ),
        "Caught": {
            "Type": "Pass",
            "QueryLanguage": "JSONata",
            "Output": "{% [$states.input.was, $why] %}",
        },
    }
    played = play(states, {"n": 1}, tasks={"T": [no("Busy", "full")]})
    assert played.lines == [
        '1 ExecutionStarted ←0 @0 input={"n":1} roleArn=role',
        '2 TaskStateEntered ←0 @0 name=T input={"n":1}',
        '3 LambdaFunctionScheduled ←2 @0 resource=arn:aws:lambda:us-east-1:1:function:F input={"n":1}',
        "4 LambdaFunctionStarted ←3 @0",
        "5 LambdaFunctionFailed ←4 @0 error=Busy cause=full",
        '6 TaskStateExited ←5 @0 name=T output={"was":"Busy","n":1} assignedVariables={"why":"\\"full\\""}',
        '7 PassStateEntered ←6 @0 name=Caught input={"was":"Busy","n":1}',
        '8 PassStateExited ←7 @0 name=Caught output=["Busy","full"]',
        '9 ExecutionSucceeded ←8 @0 output=["Busy","full"]',
    ]
    plain = {"T": task(catcher("Busy"), QueryLanguage="JSONata"), **CAUGHT}
    assert play(plain, {"n": 1}, tasks={"T": [no("Busy")]}).output == {
        "Error": "Busy",
        "Cause": None,
    }


def test_a_catcher_whose_expression_fails_fails_the_execution(play, no):
    states = {
        "T": task(
            catcher("Busy", Output="{% $states.errorOutput.Nothing %}"), QueryLanguage="JSONata"
        ),
        **CAUGHT,
    }
    assert play(states, {}, tasks={"T": [no("Busy")]}).lines == [
        "1 ExecutionStarted ←0 @0 input={} roleArn=role",
        "2 TaskStateEntered ←0 @0 name=T input={}",
        "3 LambdaFunctionScheduled ←2 @0 resource=arn:aws:lambda:us-east-1:1:function:F input={}",
        "4 LambdaFunctionStarted ←3 @0",
        "5 LambdaFunctionFailed ←4 @0 error=Busy",
        "6 EvaluationFailed ←5 @0 state=T error=States.QueryEvaluationError cause=An error occurred while executing the state 'T' (entered at the event id #2). The JSONata expression '$states.errorOutput.Nothing' specified for the field 'Output' returned nothing (undefined). location=Output",
        "7 ExecutionFailed ←6 @0 error=States.QueryEvaluationError cause=An error occurred while executing the state 'T' (entered at the event id #2). The JSONata expression '$states.errorOutput.Nothing' specified for the field 'Output' returned nothing (undefined).",
    ]


def wide(names):
    return {"T": task(*[catcher(*names)]), **CAUGHT}


@pytest.mark.parametrize(
    ("error", "names", "caught"),
    [
        ("Busy", ["States.ALL"], True),
        ("Busy", ["States.TaskFailed"], True),
        ("Busy", ["busy"], False),
        ("States.Timeout", ["States.ALL"], True),
        ("States.Timeout", ["States.Timeout"], True),
        ("States.Timeout", ["States.TaskFailed"], False),
        ("States.Permissions", ["States.TaskFailed"], True),
        ("States.TaskFailed", ["States.TaskFailed"], True),
        ("States.Runtime", ["States.Runtime"], False),
        ("States.Runtime", ["States.ALL"], False),
        ("States.Runtime", ["States.TaskFailed"], False),
        ("States.DataLimitExceeded", ["States.ALL"], True),
        ("States.DataLimitExceeded", ["States.DataLimitExceeded"], True),
        (None, ["States.ALL"], True),
        (None, ["States.TaskFailed"], True),
        (None, ["Busy"], False),
    ],
)
def test_which_names_catch_which_errors(play, no, error, names, caught):
    played = play(wide(names), {}, tasks={"T": [no(error)]})
    assert played.run.visited() == (["T", "Caught"] if caught else ["T"])
    assert played.run.status == ("SUCCEEDED" if caught else "FAILED")
    assert played.run.error == (None if caught else error)


def test_an_error_without_name_and_cause_is_caught_as_two_nulls(play, no):
    assert play(wide(["States.ALL"]), {}, tasks={"T": [no(None)]}).output == {
        "Error": None,
        "Cause": None,
    }


def test_a_result_that_is_too_large_can_be_caught(play, ok):
    played = play(wide(["States.DataLimitExceeded"]), {}, tasks={"T": [ok("x" * 262_143)]})
    assert played.lines == [
        "1 ExecutionStarted ←0 @0 input={} roleArn=role",
        "2 TaskStateEntered ←0 @0 name=T input={}",
        "3 LambdaFunctionScheduled ←2 @0 resource=arn:aws:lambda:us-east-1:1:function:F input={}",
        "4 LambdaFunctionStarted ←3 @0",
        "5 LambdaFunctionFailed ←4 @0 error=States.DataLimitExceeded cause=The state/task 'arn:aws:lambda:us-east-1:1:function:F' returned a result with a size exceeding the maximum number of bytes service limit.",
        '6 TaskStateExited ←5 @0 name=T output={"Error":"States.DataLimitExceeded","Cause":"The state/task \'arn:aws:lambda:us-east-1:1:function:F\' returned a result with a size exceeding the maximum number of bytes service limit."}',
        '7 PassStateEntered ←6 @0 name=Caught input={"Error":"States.DataLimitExceeded","Cause":"The state/task \'arn:aws:lambda:us-east-1:1:function:F\' returned a result with a size exceeding the maximum number of bytes service limit."}',
        '8 PassStateExited ←7 @0 name=Caught output={"Error":"States.DataLimitExceeded","Cause":"The state/task \'arn:aws:lambda:us-east-1:1:function:F\' returned a result with a size exceeding the maximum number of bytes service limit."}',
        '9 ExecutionSucceeded ←8 @0 output={"Error":"States.DataLimitExceeded","Cause":"The state/task \'arn:aws:lambda:us-east-1:1:function:F\' returned a result with a size exceeding the maximum number of bytes service limit."}',
    ]


def test_a_missing_output_path_cannot_be_caught(play, ok):
    states = {"T": task(catcher("States.Runtime"), OutputPath="$.no.such"), **CAUGHT}
    assert play(states, {}, tasks={"T": [ok({})]}).lines == [
        "1 ExecutionStarted ←0 @0 input={} roleArn=role",
        "2 TaskStateEntered ←0 @0 name=T input={}",
        "3 LambdaFunctionScheduled ←2 @0 resource=arn:aws:lambda:us-east-1:1:function:F input={}",
        "4 LambdaFunctionStarted ←3 @0",
        "5 LambdaFunctionSucceeded ←4 @0 output={}",
        "6 ExecutionFailed ←5 @0 error=States.Runtime cause=An error occurred while executing the state 'T' (entered at the event id #2). Invalid path '$.no.such' : Missing property in path $['no']",
    ]


def test_arguments_that_cannot_be_evaluated_can_be_caught(play):
    states = {
        "T": task(
            catcher("States.QueryEvaluationError", Output="{% $states.errorOutput.Error %}"),
            QueryLanguage="JSONata",
            Arguments={"n": "{% $states.input.n %}"},
        ),
        **CAUGHT,
    }
    assert play(states, {}).lines == [
        "1 ExecutionStarted ←0 @0 input={} roleArn=role",
        "2 TaskStateEntered ←0 @0 name=T input={}",
        "3 EvaluationFailed ←0 @0 state=T error=States.QueryEvaluationError cause=An error occurred while executing the state 'T' (entered at the event id #2). The JSONata expression '$states.input.n' specified for the field 'Arguments/n' returned nothing (undefined). location=Arguments/n",
        '4 TaskStateExited ←3 @0 name=T output="States.QueryEvaluationError"',
        '5 PassStateEntered ←4 @0 name=Caught input="States.QueryEvaluationError"',
        '6 PassStateExited ←5 @0 name=Caught output="States.QueryEvaluationError"',
        '7 ExecutionSucceeded ←6 @0 output="States.QueryEvaluationError"',
    ]


def test_an_intrinsic_function_that_fails_can_be_caught(play):
    states = {
        "T": task(
            catcher("States.IntrinsicFailure"), Parameters={"n.$": "States.StringToJson($.text)"}
        ),
        **CAUGHT,
    }
    output = play(states, {"text": "{"}).output
    assert output["Error"] == "States.IntrinsicFailure"
    assert output["Cause"].startswith(
        "An error occurred while executing the state 'T' (entered at the event id #2). The function"
        " 'States.StringToJson($.text)' had the following error: "
    )


def test_a_result_that_has_no_place_in_the_input_can_be_caught(play, ok):
    states = {"T": task(catcher("States.ResultPathMatchFailure"), ResultPath="$.x"), **CAUGHT}
    assert play(states, "text", tasks={"T": [ok(1)]}).lines == [
        '1 ExecutionStarted ←0 @0 input="text" roleArn=role',
        '2 TaskStateEntered ←0 @0 name=T input="text"',
        '3 LambdaFunctionScheduled ←2 @0 resource=arn:aws:lambda:us-east-1:1:function:F input="text"',
        "4 LambdaFunctionStarted ←3 @0",
        "5 LambdaFunctionSucceeded ←4 @0 output=1",
        '6 TaskStateExited ←5 @0 name=T output={"Error":"States.ResultPathMatchFailure","Cause":"An error occurred while executing the state \'T\' (entered at the event id #2). Unable to apply ReferencePath $.x to input \\"text\\""}',
        '7 PassStateEntered ←6 @0 name=Caught input={"Error":"States.ResultPathMatchFailure","Cause":"An error occurred while executing the state \'T\' (entered at the event id #2). Unable to apply ReferencePath $.x to input \\"text\\""}',
        '8 PassStateExited ←7 @0 name=Caught output={"Error":"States.ResultPathMatchFailure","Cause":"An error occurred while executing the state \'T\' (entered at the event id #2). Unable to apply ReferencePath $.x to input \\"text\\""}',
        '9 ExecutionSucceeded ←8 @0 output={"Error":"States.ResultPathMatchFailure","Cause":"An error occurred while executing the state \'T\' (entered at the event id #2). Unable to apply ReferencePath $.x to input \\"text\\""}',
    ]


def test_the_error_of_a_branch_keeps_its_name_outside_and_answers_to_branch_failed(play):
    branch = {"StartAt": "F", "States": {"F": {"Type": "Fail", "Error": "Own", "Cause": "c"}}}
    for names in (["Own"], ["States.BranchFailed"], ["States.ALL"]):
        states = {
            "P": {"Type": "Parallel", "Branches": [branch], "Catch": [catcher(*names)]},
            **CAUGHT,
        }
        played = play(states)
        assert played.output == {"Error": "Own", "Cause": "c"}
    assert played.lines == [
        "1 ExecutionStarted ←0 @0 input={} roleArn=role",
        "2 ParallelStateEntered ←0 @0 name=P input={}",
        "3 ParallelStateStarted ←2 @0",
        "4 FailStateEntered ←3 @0 name=F input={}",
        "5 ParallelStateFailed ←4 @0",
        '6 ParallelStateExited ←5 @0 name=P output={"Error":"Own","Cause":"c"}',
        '7 PassStateEntered ←6 @0 name=Caught input={"Error":"Own","Cause":"c"}',
        '8 PassStateExited ←7 @0 name=Caught output={"Error":"Own","Cause":"c"}',
        '9 ExecutionSucceeded ←8 @0 output={"Error":"Own","Cause":"c"}',
    ]


def test_an_error_of_an_iteration_is_caught_around_the_map(play):
    states = {
        "M": {
            "Type": "Map",
            "ItemProcessor": {
                "StartAt": "F",
                "States": {"F": {"Type": "Fail", "ErrorPath": "$.error"}},
            },
            "Catch": [catcher("Second", ResultPath=None)],
            "MaxConcurrency": 1,
        },
        **CAUGHT,
    }
    assert play(states, [{"error": "Second"}, {"error": "Third"}]).lines == [
        '1 ExecutionStarted ←0 @0 input=[{"error":"Second"},{"error":"Third"}] roleArn=role',
        '2 MapStateEntered ←0 @0 name=M input=[{"error":"Second"},{"error":"Third"}]',
        "3 MapStateStarted ←2 @0 length=2",
        "4 MapIterationStarted ←3 @0 name=M index=0",
        '5 FailStateEntered ←4 @0 name=F input={"error":"Second"}',
        "6 MapIterationFailed ←5 @0 name=M index=0",
        "7 MapStateFailed ←5 @0",
        '8 MapStateExited ←7 @0 name=M output=[{"error":"Second"},{"error":"Third"}]',
        '9 PassStateEntered ←8 @0 name=Caught input=[{"error":"Second"},{"error":"Third"}]',
        '10 PassStateExited ←9 @0 name=Caught output=[{"error":"Second"},{"error":"Third"}]',
        '11 ExecutionSucceeded ←10 @0 output=[{"error":"Second"},{"error":"Third"}]',
    ]
