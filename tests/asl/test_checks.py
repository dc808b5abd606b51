"""What is wrong although every part is well formed; and every code has its explanation."""

import re
from itertools import pairwise
from pathlib import Path

import pytest

from simulator.asl import codes
from simulator.asl.checks import check
from simulator.asl.parse import parse
from simulator.asl.source import Source

PATH = Path("flow.asl.json")
FUNCTION = "arn:aws:lambda:us-east-1:1:function:F"
ASK = "arn:aws:states:::sqs:sendMessage.waitForTaskToken"


def found(states, **top):
    definition = {"StartAt": next(iter(states)), "States": states, **top}
    machine, problems = parse(Source.of(definition, PATH))
    assert machine is not None, problems
    return [(p.code, p.severity, p.location.pointer, p.message, p.hint) for p in check(machine)]


def task(**more):
    return {"Type": "Task", "Resource": FUNCTION, "End": True, **more}


def calling(resource, **more):
    return task(Resource=resource, Parameters={}, **more)


def test_a_sound_machine_has_no_problems():
    states = {
        "A": task(
            Resource=ASK,
            Parameters={"MessageBody.$": "$$.Task.Token"},
            Catch=[{"ErrorEquals": ["States.ALL"], "Next": "B", "Assign": {"e.$": "$"}}],
        ),
        "B": {"Type": "Pass", "Parameters": {"e.$": "$e"}, "End": True},
    }
    assert found(states) == []


def test_states_that_nobody_reaches():
    states = {"A": {"Type": "Succeed"}, "B": {"Type": "Pass", "Next": "A"}}
    assert found(states) == [
        (
            "ASL201", "error", "/States/B", "no transition leads to the state 'B'",
            "remove it, or name it in a Next, Default or Catch",
        )
    ]  # fmt: skip


def test_loops_without_a_way_out():
    choice = {
        "Type": "Choice",
        "Choices": [{"Variable": "$", "IsNull": True, "Next": "End"}],
        "Default": "A",
    }
    states = {
        "Start": choice,
        "A": {"Type": "Pass", "Next": "B"},
        "B": {"Type": "Pass", "Next": "A"},
        "End": {"Type": "Succeed"},
    }
    assert found(states) == [
        (
            "ASL204", "warning", f"/States/{name}",
            f"from the state '{name}' the workflow can never end", "give the loop a way out",
        )
        for name in ("A", "B")
    ]  # fmt: skip


def test_a_callback_that_tells_nobody_its_token():
    for fields, where in (
        ({"Parameters": {}}, "Parameters"),
        ({"QueryLanguage": "JSONata", "Arguments": {}}, "Arguments"),
    ):
        assert found({"A": task(Resource=ASK, **fields)}) == [
            (
                "ASL202", "warning", "/States/A",
                "the callback task 'A' tells nobody its token: it can only time out",
                f"pass the context object's Task.Token in {where}",
            )
        ]  # fmt: skip


def test_a_token_that_is_read_where_there_is_none():
    expected = [
        (
            "ASL203", "warning", "/States/A", "the state 'A' reads the task token, and it has none",
            "a token exists in tasks whose resource ends in .waitForTaskToken",
        )
    ]  # fmt: skip
    assert found({"A": task(Parameters={"t.$": "$$.Task.Token"})}) == expected
    telling = {
        "Type": "Pass",
        "QueryLanguage": "JSONata",
        "Output": "{% $states.context.Task.Token %}",
        "End": True,
    }
    assert found({"A": telling}) == expected
    assert found({"A": task(Parameters={"t.$": "$$['Task']['Token']"})}) == expected


def test_the_whole_context_object_may_be_read_anywhere_and_carries_the_token():
    whole = {"QueryLanguage": "JSONata", "Output": "{% $states.context %}"}
    assert found({"A": {"Type": "Pass", **whole, "End": True}}) == []
    assert found({"A": task(Parameters={"context.$": "$$", "name": "Task"})}) == []
    assert found({"A": task(Resource=ASK, Parameters={"context.$": "$$"})}) == []


def handlers(*names):
    return [{"ErrorEquals": list(each)} for each in names]


@pytest.mark.parametrize(
    ("names", "message"),
    [
        ([["A", "B"], ["B"]], "this Retry entry of 'T' never fires: earlier ones have B"),
        ([["A"], ["B"], ["B", "A"]], "this Retry entry of 'T' never fires: earlier ones have B, A"),
        (
            [["States.Runtime"]],
            "States.Runtime in a Retry of 'T' never fires: it cannot be retried or caught",
        ),
    ],
)
def test_handlers_that_never_fire(names, message):
    (problem,) = found({"T": task(Retry=handlers(*names))})
    assert problem[:2] == ("ASL205", "warning")
    assert problem[2] == f"/States/T/Retry/{len(names) - 1}"
    assert problem[3] == message


@pytest.mark.parametrize(
    ("state", "names", "message", "hint"),
    [
        (
            task(), [["States.TaskFailed"], ["MyError", "Lambda.Unknown"]],
            "this Retry entry of 'T' never fires: earlier ones have MyError, Lambda.Unknown", None,
        ),
        (
            task(TimeoutSeconds=9, HeartbeatSeconds=3),
            [["States.Timeout"], ["States.HeartbeatTimeout"]],
            "this Retry entry of 'T' never fires: earlier ones have States.HeartbeatTimeout", None,
        ),
        (
            task(), [["States.Timeout"]],
            "this Retry entry of 'T' never fires: the state cannot raise States.Timeout",
            "without 'TimeoutSeconds' the task waits for ever",
        ),
        (
            task(TimeoutSeconds=9), [["States.HeartbeatTimeout"]],
            "this Retry entry of 'T' never fires: the state cannot raise States.HeartbeatTimeout",
            "without 'HeartbeatSeconds' the task waits for ever",
        ),
        (
            task(), [["States.ItemReaderFailed", "States.BranchFailed"]],
            "this Retry entry of 'T' never fires: the state cannot raise States.ItemReaderFailed,"
            " States.BranchFailed", None,
        ),
        (
            task(), [["States.QueryEvaluationError"]],
            "this Retry entry of 'T' never fires: the state cannot raise States.QueryEvaluationError",
            None,
        ),
        (
            task(Resource="arn:aws:states:::dynamodb:getItem", Parameters={}), [["NotFound"]],
            "this Retry entry of 'T' never fires: the state cannot raise NotFound", None,
        ),
        (
            task(), [["States.Timout"]],
            "there is no error 'States.Timout': this Retry entry of 'T' never fires for it",
            "did you mean 'States.Timeout'?",
        ),
        (
            task(), [["State.ALL"]],
            "there is no error 'State.ALL': this Retry entry of 'T' never fires for it",
            "did you mean 'States.ALL'?",
        ),
        (
            {
                "Type": "Parallel",
                "Branches": [{"StartAt": "I", "States": {"I": {"Type": "Fail", "Error": "Own"}}}],
                "End": True,
            },
            [["Other"]],
            "this Retry entry of 'T' never fires: the state cannot raise Other", None,
        ),
        (
            {
                "Type": "Map",
                "ItemProcessor": {
                    "ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"},
                    "StartAt": "I",
                    "States": {"I": task()},
                },
                "End": True,
            },
            [["MyError"]],
            "this Retry entry of 'T' never fires: the state cannot raise MyError",
            "failures of child executions are raised as States.ExceedToleratedFailureThreshold",
        ),
    ],
)  # fmt: skip
def test_errors_that_nobody_leaves_or_raises(state, names, message, hint):
    (problem,) = found({"T": {**state, "Retry": handlers(*names)}})
    assert problem == ("ASL205", "warning", f"/States/T/Retry/{len(names) - 1}", message, hint)


def inner(*states):
    names = [f"I{index}" for index in range(len(states))]
    made = {name: {**state} for name, state in zip(names, states, strict=True)}
    for name, following in pairwise(names):
        made[name].pop("End", None)
        made[name]["Next"] = following
    return {"StartAt": names[0], "States": made}


FAIL = {"Type": "Fail"}
JSONATA_PASS = {"Type": "Pass", "QueryLanguage": "JSONata", "Output": "{% 1 %}", "End": True}


@pytest.mark.parametrize(
    ("state", "names"),
    [
        (task(), [["A"], ["States.TaskFailed"], ["States.Timeout", "B"], ["States.ALL"]]),
        (task(TimeoutSecondsPath="$.t"), [["States.Timeout"]]),
        (task(Resource=ASK, Parameters={"a.$": "$$.Task"}), [["States.Timeout"], ["Whatever"]]),
        (calling("arn:aws:states:::http:invoke"), [["States.Timeout"]]),
        (calling("arn:aws:states:::http:invoke"), [["States.Http.StatusCode.429"]]),
        (calling("arn:aws:states:::sqs:sendMessage"), [["Sqs.SqsException"]]),
        (calling("arn:aws:states:::glue:startJobRun.sync"), [["Anything"]]),
        (task(), [["States.DataLimitExceeded", "States.Permissions"]]),
        (task(), [["States.ParameterPathFailure"]]),
        (task(QueryLanguage="JSONata"), [["States.QueryEvaluationError"]]),
        ({"Type": "Parallel", "Branches": [inner(FAIL)], "End": True}, [["States.BranchFailed"]]),
        (
            {"Type": "Parallel", "Branches": [inner({**FAIL, "ErrorPath": "$.e"})], "End": True},
            [["Any"]],
        ),
        ({"Type": "Parallel", "Branches": [inner(task())], "End": True}, [["Any"]]),
        (
            {"Type": "Parallel", "Branches": [inner(JSONATA_PASS)], "End": True},
            [["States.QueryEvaluationError"]],
        ),
        (
            {"Type": "Map", "ItemProcessor": inner({**FAIL, "Error": "Own"}), "End": True},
            [["Own"]],
        ),
        (
            {
                "Type": "Map",
                "ItemProcessor": inner(FAIL),
                "ToleratedFailureCount": 1,
                "End": True,
            },
            [["States.ExceedToleratedFailureThreshold"]],
        ),
        (
            {
                "Type": "Map",
                "ItemProcessor": inner(
                    {
                        "Type": "Choice",
                        "Choices": [{"Variable": "$", "IsNull": True, "Next": "I1"}],
                    },
                    {"Type": "Succeed"},
                ),
                "End": True,
            },
            [["States.NoChoiceMatched"]],
        ),
    ],
)
def test_errors_that_may_come(state, names):
    state = {**state, "Retry": handlers(*names)}
    if state.get("ItemProcessor", {}).get("States", {}).get("I0", {}).get("Type") == "Choice":
        state["ItemProcessor"]["States"]["I0"].pop("Next", None)
    assert found({"T": state}) == []


def test_catchers_that_never_fire():
    catch = [{"ErrorEquals": ["A"], "Next": "D"}, {"ErrorEquals": ["A"], "Next": "D"}]
    (problem,) = found({"T": task(Catch=catch), "D": {"Type": "Succeed"}})
    assert problem[3] == "this Catch entry of 'T' never fires: earlier ones have A"


def test_variables_that_nobody_assigns():
    states = {
        "A": {"Type": "Pass", "Assign": {"order": 1}, "Next": "B"},
        "B": {"Type": "Pass", "Parameters": {"o.$": "$ordr", "p.$": "$order"}, "End": True},
    }
    assert found(states) == [
        (
            "ASL206", "warning", "/States/B",
            "the state 'B' reads the variable 'ordr', which no state assigns",
            "did you mean 'order'?",
        )
    ]  # fmt: skip


def passing(**more):
    return {"Type": "Pass", **more}


def test_variables_that_are_read_too_early():
    read = {"Parameters": {"x.$": "$x"}}
    hint = (
        "assign it on the way here; variables of a branch or an iteration end with it, and child"
        " executions of a distributed Map see none of the outside"
    )
    states = {
        "Early": passing(**read, Next="Set"),
        "Set": passing(Assign={"x": 1}, **read, Next="Late"),
        "Late": passing(**read, End=True),
    }
    assert found(states) == [
        (
            "ASL208", "warning", f"/States/{name}",
            f"the state '{name}' reads the variable 'x' before any path assigns it", hint,
        )
        for name in ("Early", "Set")
    ]  # fmt: skip


def test_a_variable_that_some_path_assigns_is_left_alone():
    rule = {"Variable": "$.a", "IsPresent": True, "Next": "Read", "Assign": {"x": 1}}
    states = {
        "C": {"Type": "Choice", "Choices": [rule], "Default": "Read"},
        "Read": passing(InputPath="$x", Next="Again"),
        "Again": passing(Next="Loop"),
        "Loop": {"Type": "Choice", "Choices": [{**rule, "Next": "Read"}], "Default": "Stop"},
        "Stop": {"Type": "Succeed"},
    }
    assert found(states) == []
    del rule["Assign"]
    states["Loop"]["Assign"] = {"x": 2}  # on the way to Stop alone
    states["Loop"]["Choices"] = [rule]
    assert [problem[0] for problem in found(states)] == ["ASL208"]


def test_asking_whether_a_variable_exists_is_no_failure():
    output = "{% $exists( $x) ? $x : 0 %}"
    states = {"A": passing(QueryLanguage="JSONata", Output={"x": output}, End=True)}
    assert found(states) == []


def test_what_catchers_assign_and_what_branches_keep_to_themselves():
    caught = {"ErrorEquals": ["States.ALL"], "Next": "Sorry", "Assign": {"e.$": "$.Error"}}
    branch = {"StartAt": "In", "States": {"In": passing(Assign={"y": 1}, End=True)}}
    states = {
        "P": {"Type": "Parallel", "Branches": [branch], "Catch": [caught], "Next": "Done"},
        "Sorry": passing(InputPath="$e", End=True),
        "Done": passing(Parameters={"e.$": "$e", "y.$": "$y"}, End=True),
    }
    assert [(problem[2], problem[3].split("'")[3]) for problem in found(states)] == [
        ("/States/Done", "e"),
        ("/States/Done", "y"),
    ]


@pytest.mark.parametrize(("mode", "codes_found"), [("INLINE", []), ("DISTRIBUTED", ["ASL208"])])
def test_child_executions_see_nothing_of_the_outside(mode, codes_found):
    config = {"Mode": mode} | ({"ExecutionType": "STANDARD"} if mode == "DISTRIBUTED" else {})
    processor = {"ProcessorConfig": config, **inner(passing(InputPath="$x", End=True))}
    states = {
        "Set": passing(Assign={"x": 1}, Next="Each"),
        "Each": {"Type": "Map", "ItemProcessor": processor, "End": True},
    }
    assert [problem[0] for problem in found(states)] == codes_found


@pytest.mark.parametrize(
    "state",
    [
        {"Type": "Wait", "SecondsPath": "$v.s", "End": True},
        {"Type": "Fail", "ErrorPath": "$v.e"},
        {
            "Type": "Choice",
            "Choices": [{"Variable": "$v", "IsNull": True, "Next": "E"}],
            "Default": "E",
        },
        task(TimeoutSecondsPath="$v.t"),
        task(Credentials={"RoleArn.$": "$v.r"}),
        task(Catch=[{"ErrorEquals": ["E"], "Next": "E", "Assign": {"w.$": "$v"}}]),
        {
            "Type": "Map",
            "ItemsPath": "$v",
            "ItemProcessor": {"StartAt": "I", "States": {"I": {"Type": "Succeed"}}},
            "End": True,
        },
        {"Type": "Pass", "InputPath": "$v", "End": True},
        {"Type": "Pass", "OutputPath": "$v", "End": True},
        task(ResultSelector={"a.$": "$v"}),
    ],
)
def test_every_field_is_looked_through_for_variables(state):
    codes_found = [problem[0] for problem in found({"S": state, "E": {"Type": "Succeed"}})]
    assert "ASL206" in codes_found


@pytest.mark.parametrize(
    "fields",
    [
        {
            "ItemReader": {
                "Resource": "arn:aws:states:::s3:getObject",
                "ReaderConfig": {"InputType": "JSON", "MaxItemsPath": "$v"},
                "Parameters": {"Bucket": "b", "Key": "k"},
            }
        },
        {
            "ItemReader": {
                "Resource": "arn:aws:states:::s3:listObjectsV2",
                "Parameters": {"Bucket.$": "$v"},
            }
        },
        {"ItemBatcher": {"MaxItemsPerBatchPath": "$v"}},
        {"ItemBatcher": {"MaxItemsPerBatch": 2, "BatchInput": {"v.$": "$v"}}},
        {
            "ResultWriter": {
                "Resource": "arn:aws:states:::s3:putObject",
                "Parameters": {"Bucket.$": "$v"},
            }
        },
        {"MaxConcurrencyPath": "$v"},
        {"ToleratedFailureCountPath": "$v"},
        {"ItemSelector": {"v.$": "States.Array($v)"}},
    ],
)
def test_every_field_of_a_map_is_looked_through_for_variables(fields):
    config = {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"}
    processor = {"ProcessorConfig": config, **inner({"Type": "Succeed"})}
    state = {"Type": "Map", "ItemProcessor": processor, "End": True, **fields}
    assert [problem[0] for problem in found({"S": state})] == ["ASL206"]


def parallel(inner, **more):
    graph = {"StartAt": "In", "States": {"In": {"Type": "Pass", "End": True, **inner}}}
    return {"Type": "Parallel", "Branches": [graph], "End": True, **more}


def test_an_inner_state_may_not_assign_a_variable_of_the_outside():
    states = {
        "Set": {"Type": "Pass", "Assign": {"x": 1}, "Next": "P"},
        "P": parallel({"Assign": {"x": 2, "y": 3}}),
    }
    assert found(states) == [
        (
            "ASL016", "error", "/States/P/Branches/0/States/In",
            "the state 'In' assigns the variable 'x' of an enclosing scope",
            "give it another name; branches and iterations can only read outer variables",
        )
    ]  # fmt: skip


def test_rules_assign_for_their_state_and_catchers_outside_do_not_count():
    rule = {"Variable": "$", "IsNull": True, "Next": "P", "Assign": {"x": 1}}
    states = {
        "C": {"Type": "Choice", "Choices": [rule], "Default": "P"},
        "P": parallel({"Assign": {"x": 2}}),
    }
    assert [problem[0] for problem in found(states)] == ["ASL016"]
    caught = {"ErrorEquals": ["States.ALL"], "Next": "D", "Assign": {"x": 1}}
    states = {"P": parallel({"Assign": {"x": 2}}, Catch=[caught]), "D": {"Type": "Succeed"}}
    assert found(states) == []


@pytest.mark.parametrize(
    ("language", "field"), [({}, "Parameters"), ({"QueryLanguage": "JSONata"}, "Arguments")]
)
def test_an_integration_needs_its_parameters(language, field):
    resource = "arn:aws:states:::aws-sdk:s3:listBuckets"
    assert found({"A": task(Resource=resource, **language)}) == [
        (
            "ASL210", "error", "/States/A",
            f"the resource of the state 'A' is an integration, which needs '{field}'",
            f'write "{field}": {{}} when there is nothing to pass',
        )
    ]  # fmt: skip
    assert found({"A": task(Resource=resource, **language, **{field: {}})}) == []
    assert found({"A": task(**language)}) == []


def test_a_pattern_that_fails_when_it_is_used():
    rule = {
        "And": [
            {"Variable": "$.a", "StringMatches": "a\\b"},
            {"Variable": "$.a", "StringMatches": r"a\*"},
        ]
    }
    states = {
        "C": {"Type": "Choice", "Choices": [{**rule, "Next": "D"}], "Default": "D"},
        "D": {"Type": "Succeed"},
    }
    assert found(states) == [
        (
            "ASL207", "warning", "/States/C/Choices/0",
            "the pattern 'a\\b' has a backslash that escapes nothing: comparing with it fails the"
            " execution",
            r"write \\* for a star and \\\\ for a backslash in JSON",
        )
    ]  # fmt: skip


def test_every_code_that_is_raised_is_explained_and_every_explained_code_is_raised():
    raised = set()
    for path in Path(codes.__file__).parent.glob("*.py"):
        if path.name != "codes.py":
            raised |= set(re.findall(r'"(ASL\d{3})"', path.read_text(encoding="utf-8")))
    assert raised == set(codes.EXPLANATIONS)


def test_explanations_are_sentences():
    for code, text in codes.EXPLANATIONS.items():
        assert re.fullmatch(r"[A-Z].*\.", text), code
