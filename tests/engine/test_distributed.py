"""The distributed Map: Map Runs, child executions, batches, tolerance, writers, redrive."""

from datetime import timedelta

import pytest

from simulator.engine.behaviour import Behaviour
from simulator.engine.limits import Limits
from simulator.engine.ports import Failure, Item
from simulator.errors import UsageError

FUNCTION = "arn:aws:lambda:us-east-1:1:function:F"
MACHINE = "arn:aws:states:us-east-1:111122223333:stateMachine:Flow"
READ = "arn:aws:states:::s3:getObject"
WRITE = "arn:aws:states:::s3:putObject"


def each(state=None, *, kind="STANDARD", **fields):
    """A machine of one distributed Map, labelled Each, over children of one state, W."""
    work = state or {"Type": "Task", "Resource": FUNCTION}
    processor = {
        "ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": kind},
        "StartAt": "W",
        "States": {"W": {**work, "End": True}},
    }
    return {"M": {"Type": "Map", "Label": "Each", "ItemProcessor": processor, **fields}}


PASS = {"Type": "Pass"}


class Store:
    """An ItemStore that gives what it was told and keeps what it was asked."""

    def __init__(self, items=(), written=None):
        self.items = items
        self.written = {"Bucket": "b", "Key": "k"} if written is None else written
        self.requests = []

    def read(self, request):
        self.requests.append(request)
        return self.items

    def write(self, request):
        self.requests.append(request)
        return self.written


def children(played):
    return list(played.engine.children.values())


def test_the_parent_shows_the_map_run_and_the_children_have_histories_of_their_own(play, ok):
    played = play(each(), ["a", "b"], tasks={"W": [lambda call: ok(call.payload * 2, 1)]})
    [run] = played.run.map_runs
    assert played.lines == [
        '1 ExecutionStarted ←0 @0 input=["a","b"] roleArn=role',
        '2 MapStateEntered ←0 @0 name=M input=["a","b"]',
        "3 MapStateStarted ←2 @0 length=2",
        f"4 MapRunStarted ←3 @0 mapRunArn={run.arn}",
        "5 MapRunSucceeded ←4 @1",
        "6 MapStateSucceeded ←5 @1",
        '7 MapStateExited ←4 @1 name=M output=["aa","bb"]',
        '8 ExecutionSucceeded ←7 @1 output=["aa","bb"]',
    ]
    assert run.arn.startswith("arn:aws:states:us-east-1:111122223333:mapRun:Flow/Each:")
    first, second = children(played)
    assert first.arn == f"arn:aws:states:us-east-1:111122223333:execution:Flow/Each:{first.name}"
    assert (first.state_machine_arn, first.workflow, first.kind) == (
        f"{MACHINE}/Each",
        "Flow/Each",
        "STANDARD",
    )
    assert [event.type for event in second.history] == [
        "ExecutionStarted",
        "TaskStateEntered",
        "LambdaFunctionScheduled",
        "LambdaFunctionStarted",
        "LambdaFunctionSucceeded",
        "TaskStateExited",
        "ExecutionSucceeded",
    ]
    assert run.describe() == {
        "mapRunArn": run.arn,
        "executionArn": played.run.arn,
        "status": "SUCCEEDED",
        "startDate": "2026-01-01T00:00:00Z",
        "maxConcurrency": 10_000,
        "toleratedFailurePercentage": 0.0,
        "toleratedFailureCount": 0,
        "itemCounts": counts(succeeded=2),
        "executionCounts": counts(succeeded=2),
        "redriveCount": 0,
        "stopDate": "2026-01-01T00:00:01Z",
    }


def counts(**given):
    members = ("pending", "running", "succeeded", "failed", "timedOut", "aborted")
    found = {member: given.get(member, 0) for member in members}
    return {
        **found,
        "total": sum(found.values()),
        "resultsWritten": found["succeeded"],
    }


def test_two_runs_are_equal_and_another_seed_names_the_children_otherwise(play):
    names = [[run.arn for run in children(play(each(PASS), [1, 2], seed=s))] for s in (1, 1, 2)]
    assert names[0] == names[1]
    assert not set(names[0]) & set(names[2])


def test_before_november_2024_the_exit_followed_the_end_of_the_map_run(play):
    played = play(each(PASS), [1], behaviour=Behaviour(map_exit_follows_start=False))
    assert [event.previous for event in played.run.history] == [0, 0, 2, 3, 4, 5, 5, 7]


def test_without_a_label_the_arn_has_an_id_that_stays(play):
    states = each(PASS)
    del states["M"]["Label"]
    states = {"First": {"Type": "Pass"}, **states}
    one, two = (play(states, [1], seed=seed).run.map_runs[0] for seed in (1, 2))
    assert one.label == two.label
    assert one.arn != two.arn


def test_children_see_their_own_execution_and_no_variables_of_the_parent(play):
    states = {
        "V": {"Type": "Pass", "Assign": {"x": 1}},
        **each(
            {
                "Type": "Pass",
                "Parameters": {"me.$": "$$.Execution.Name", "of.$": "$$.StateMachine.Id"},
            }
        ),
    }
    played = play(states, [1])
    assert played.output == [{"me": children(played)[0].name, "of": f"{MACHINE}/Each"}]


def test_the_item_selector_sees_the_item_and_its_source(play):
    store = Store([Item({"a": 1}, None, "S3://b/k")])
    states = each(
        PASS,
        ItemReader={"Resource": READ, "ReaderConfig": {"InputType": "JSON"},
                    "Parameters": {"Bucket.$": "$.b", "Key": "k"}},
        ItemSelector={"i.$": "$$.Map.Item", "all.$": "$"},
    )  # fmt: skip
    played = play(states, {"b": "mine"}, items=store)
    assert played.output == [
        {"i": {"Index": 0, "Value": {"a": 1}, "Source": "S3://b/k"}, "all": {"b": "mine"}}
    ]
    assert played.lines[2] == "3 MapStateStarted ←2 @0 length=0"
    [asked] = store.requests
    assert (asked.resource, asked.parameters, asked.config, asked.limit) == (
        READ,
        {"Bucket": "mine", "Key": "k"},
        {"InputType": "JSON"},
        None,
    )


@pytest.mark.parametrize(
    ("config", "value", "limit"),
    [
        ({"MaxItems": 2}, None, 2),
        ({"MaxItems": 0}, None, None),
        ({"MaxItemsPath": "$.n"}, 7, 7),
        ({"MaxItemsPath": "$.n"}, "7", 7),
    ],
)
def test_max_items_goes_to_the_reader(play, config, value, limit):
    store = Store([])
    reader = {"Resource": READ, "ReaderConfig": {"InputType": "JSON", **config}, "Parameters": {}}
    assert play(each(PASS, ItemReader=reader), {"n": value}, items=store).output == []
    assert store.requests[0].limit == limit


def test_a_reader_that_fails_fails_the_map_run(play):
    reader = {"Resource": READ, "ReaderConfig": {"InputType": "JSON"}, "Parameters": {}}
    broken = Store(Failure("States.ItemReaderFailed", "no such key"))
    played = play(each(PASS, ItemReader=reader), items=broken)
    assert played.lines[4:] == [
        "5 MapRunFailed ←4 @0 error=States.ItemReaderFailed cause=no such key",
        "6 MapStateFailed ←5 @0",
        "7 ExecutionFailed ←6 @0 error=States.ItemReaderFailed cause=no such key",
    ]
    assert played.run.map_runs[0].status == "FAILED"


def test_a_negative_number_of_items_is_the_readers_failure(play):
    reader = {
        "Resource": READ,
        "ReaderConfig": {"InputType": "JSON", "MaxItemsPath": "$.n"},
        "Parameters": {},
    }
    played = play(each(PASS, ItemReader=reader), {"n": -1}, items=Store())
    assert played.lines[4] == (
        "5 MapRunFailed ←4 @0 error=States.ItemReaderFailed cause=field MaxItems must be positive"
    )


def test_a_run_without_s3_says_so(world):
    reader = {"Resource": READ, "ReaderConfig": {"InputType": "JSON"}, "Parameters": {}}
    played = world()
    played.start(each(PASS, ItemReader=reader), {})
    with pytest.raises(UsageError, match="the Map 'M' of Flow reads its items in S3"):
        played.finish()


@pytest.mark.parametrize(
    ("batcher", "sizes"),
    [
        ({"MaxItemsPerBatch": 2}, [2, 2, 1]),
        ({"MaxItemsPerBatch": 9}, [5]),
        ({"MaxInputBytesPerBatch": 19}, [2, 2, 1]),  # {"Items":["x","x"]}
        ({"MaxInputBytesPerBatch": 18}, [1, 1, 1, 1, 1]),
        ({"MaxInputBytesPerBatch": 1}, [1, 1, 1, 1, 1]),
        ({"MaxItemsPerBatch": 4, "MaxInputBytesPerBatch": 23}, [3, 2]),
        ({"MaxItemsPerBatchPath": "$.n"}, [3, 2]),
    ],
)
def test_batches_keep_to_both_limits(play, batcher, sizes):
    states = each(PASS, ItemsPath="$.items", ItemBatcher=batcher)
    played = play(states, {"items": ["x"] * 5, "n": 3})
    assert [len(batch["Items"]) for batch in played.output] == sizes
    run = played.run.map_runs[0]
    assert run.counts(items=True) == counts(succeeded=5)
    assert run.counts(items=False) == counts(succeeded=len(sizes))


def test_every_batch_has_the_batch_input_first(play):
    states = each(
        PASS, ItemsPath="$.items",
        ItemBatcher={"MaxItemsPerBatch": 2, "BatchInput": {"n.$": "$.n"}},
    )  # fmt: skip
    played = play(states, {"items": [1, 2], "n": 3})
    assert [list(batch.items()) for batch in played.output] == [
        [("BatchInput", {"n": 3}), ("Items", [1, 2])]
    ]


def test_a_batch_of_no_items_is_refused(play):
    states = each(PASS, ItemsPath="$.items", ItemBatcher={"MaxItemsPerBatchPath": "$.n"})
    played = play(states, {"items": [1], "n": 0})
    assert played.run.error == "States.Runtime"
    assert played.run.cause.endswith(
        "(entered at the event id #2). MaxItemsPerBatch must be positive."
    )


@pytest.mark.parametrize(
    ("field", "extra"),
    [
        ("ItemSelector", {"ItemSelector": "{% $states.input.none.x + 'a' + 1 %}"}),
        (
            "BatchInput",
            {"ItemBatcher": {"MaxItemsPerBatch": 1, "BatchInput": {"x": "{% 1 + 'a' %}"}}},
        ),
    ],
)
def test_an_expression_that_fails_between_items_and_children_is_told_as_everywhere(
    play, field, extra
):
    states = each(PASS, QueryLanguage="JSONata", **extra)
    played = play(states, [1])
    assert played.types[3:] == [
        "MapRunStarted",
        "EvaluationFailed",
        "MapRunFailed",
        "MapStateFailed",
        "ExecutionFailed",
    ]
    assert played.run.history[4].details["location"].startswith(field)
    assert [event.previous for event in played.run.history][4:] == [4, 4, 6, 7]
    assert played.run.error == "States.QueryEvaluationError"


def failing(*bad):
    def answer(call):
        bad_one = call.payload in bad
        return Failure("E", f"{call.payload}", SECOND) if bad_one else OK(call.payload)

    return answer


SECOND = timedelta(seconds=1)


def OK(value):  # noqa: N802 - reads as the value it makes
    from simulator.engine.ports import Success

    return Success(value, SECOND)


def test_one_failure_fails_the_map_run_and_stops_what_still_runs(play):
    slow = [lambda c: Failure("E", "no", SECOND) if c.payload == 0 else OK_LATER(c)]
    played = play(each(MaxConcurrency=2), [0, 1, 2], tasks={"W": slow})
    assert played.lines[4:] == [
        (
            "5 MapRunFailed ←4 @1 error=States.ExceedToleratedFailureThreshold cause=The specified"
            " tolerated failure threshold was exceeded"
        ),
        "6 MapStateFailed ←5 @1",
        (
            "7 ExecutionFailed ←6 @1 error=States.ExceedToleratedFailureThreshold cause=The specified"
            " tolerated failure threshold was exceeded"
        ),
    ]
    assert [run.status for run in children(played)] == ["FAILED", "ABORTED"]
    assert played.run.map_runs[0].counts(items=True) == {
        **counts(failed=1, aborted=1, pending=1),
    }


def OK_LATER(call):  # noqa: N802
    from simulator.engine.ports import Success

    return Success(call.payload, timedelta(seconds=60))


@pytest.mark.parametrize(
    ("fields", "bad", "status"),
    [
        ({"ToleratedFailureCount": 1}, [1], "SUCCEEDED"),
        ({"ToleratedFailureCount": 1}, [1, 2], "FAILED"),
        ({"ToleratedFailurePercentage": 25}, [1], "SUCCEEDED"),
        ({"ToleratedFailurePercentage": 24.9}, [1], "FAILED"),
        ({"ToleratedFailurePercentage": 100}, [0, 1, 2, 3], "SUCCEEDED"),
        ({"ToleratedFailureCount": 3, "ToleratedFailurePercentage": 25}, [1, 2], "FAILED"),
        ({"ToleratedFailureCountPath": "$.n", "ItemsPath": "$.items"}, [1], "SUCCEEDED"),
    ],
)
def test_failures_within_the_tolerance_are_records_among_the_results(play, fields, bad, status):
    items = [0, 1, 2, 3]
    payload = {"items": items, "n": 1} if "ItemsPath" in fields else items
    played = play(each(**fields), payload, tasks={"W": [failing(*bad)]})
    assert played.run.status == status
    if status == "SUCCEEDED":
        shown = [item["Status"] if isinstance(item, dict) else item for item in played.output]
        assert shown == ["FAILED" if item in bad else item for item in items]


def test_a_tolerated_failure_is_described_as_in_result_files(play):
    played = play(each(ToleratedFailureCount=1), [7], tasks={"W": [failing(7)]})
    [child] = children(played)
    assert played.output == [
        {
            "ExecutionArn": child.arn,
            "Input": "7",
            "InputDetails": {"Included": True},
            "Name": child.name,
            "Error": "E",
            "Cause": "7",
            "RedriveCount": 0,
            "RedriveStatus": "REDRIVABLE",
            "StartDate": "2026-01-01T00:00:00Z",
            "StateMachineArn": f"{MACHINE}/Each",
            "Status": "FAILED",
            "StopDate": "2026-01-01T00:00:01Z",
        }
    ]


def test_at_most_max_concurrency_children_run(play):
    played = play(each(MaxConcurrency=2), [1, 2, 3], tasks={"W": [failing()]})
    starts = [
        (run.started_at - children(played)[0].started_at) / SECOND for run in children(played)
    ]
    assert starts == [0, 0, 1]


def test_express_children_have_five_minutes(play):
    wait = {"Type": "Wait", "Seconds": 301}
    assert play(each(wait), [1]).run.status == "SUCCEEDED"
    played = play(each(wait, kind="EXPRESS"), [1])
    assert [run.status for run in children(played)] == ["TIMED_OUT"]
    assert played.run.error == "States.ExceedToleratedFailureThreshold"


def test_a_retry_is_a_new_map_run_with_all_items(play):
    answers = [Failure("E"), OK(1)]
    retry = [{"ErrorEquals": ["States.ALL"], "IntervalSeconds": 1}]
    played = play(each(Retry=retry, MaxConcurrency=1), [1, 2], tasks={"W": answers})
    assert played.types.count("MapRunStarted") == 2
    assert [run.status for run in played.run.map_runs] == ["FAILED", "SUCCEEDED"]
    assert [run.counts(items=True) for run in played.run.map_runs] == [
        counts(failed=1, pending=1),
        counts(succeeded=2),
    ]


def test_the_failure_is_caught_by_its_name(play):
    caught = [{"ErrorEquals": ["States.ExceedToleratedFailureThreshold"], "Next": "Caught"}]
    states = each(Catch=caught, End=True) | {"Caught": {"Type": "Pass"}}
    played = play(states, [1], tasks={"W": [Failure("E")]})
    assert played.output["Error"] == "States.ExceedToleratedFailureThreshold"


@pytest.mark.parametrize(
    ("transformation", "output"),
    [("COMPACT", [[1], [2]]), ("FLATTEN", [1, 2])],
)
def test_a_writer_config_alone_shapes_the_result(play, transformation, output):
    states = each(PASS, ResultWriter={"WriterConfig": {"Transformation": transformation}})
    assert play(states, [[1], [2]]).output == output


def test_a_result_writer_gets_the_records_and_the_state_names_the_manifest(play):
    store = Store()
    writer = {"Resource": WRITE, "Parameters": {"Bucket": "b", "Prefix.$": "$$.Execution.Name"}}
    played = play(each(PASS, ResultWriter=writer), [1, 2], items=store)
    [run] = played.run.map_runs
    assert played.output == {
        "MapRunArn": run.arn,
        "ResultWriterDetails": {"Bucket": "b", "Key": "k"},
    }
    [asked] = store.requests
    assert (asked.parameters, asked.map_run) == ({"Bucket": "b", "Prefix": "one"}, run.arn)
    assert [record["Output"] for record in asked.records] == ["1", "2"]


def test_results_of_a_failed_map_run_are_written_as_well(play):
    store = Store()
    writer = {"Resource": WRITE, "Parameters": {"Bucket": "b"}}
    played = play(
        each(ResultWriter=writer, MaxConcurrency=1), [0, 1], tasks={"W": [failing(0)]}, items=store
    )
    assert played.run.status == "FAILED"
    assert [record["Status"] for record in store.requests[0].records] == ["FAILED", "PENDING"]


def test_a_writer_that_fails_fails_the_map_run(play):
    store = Store(written=Failure("States.ResultWriterFailed", "no bucket"))
    writer = {"Resource": WRITE, "Parameters": {"Bucket": "b"}}
    played = play(each(PASS, ResultWriter=writer), [0], items=store)
    assert (played.run.error, played.run.cause) == ("States.ResultWriterFailed", "no bucket")


def test_results_that_are_too_large_are_final_and_a_redrive_starts_a_new_map_run(world):
    played = world(limits=Limits(payload_bytes=400))
    big = {"Type": "Pass", "Result": "x" * 300}
    run = played.start(each(big, Catch=[{"ErrorEquals": ["States.ALL"], "Next": "C"}], End=True)
                       | {"C": {"Type": "Pass"}}, [1, 2])  # fmt: skip
    played.finish()
    assert run.error == "States.DataLimitExceeded"
    played.engine.redrive(run)
    played.finish()
    assert played.types.count("MapRunStarted") == 2


def test_the_end_of_the_parent_ends_the_children(world):
    played = world(tasks={"W": [OK_LATER]})
    run = played.start(each(), [1, 2])
    played.later(5, lambda: played.engine.stop(run))
    played.finish()
    assert played.lines[4:] == ["5 MapRunAborted ←4 @5", "6 ExecutionAborted ←0 @5"]
    assert [child.status for child in children(played)] == ["ABORTED", "ABORTED"]
    assert played.run.map_runs[0].status == "ABORTED"


def test_a_redrive_runs_the_unsuccessful_children_again(world):
    answers = {0: [OK("zero")], 1: [Failure("E"), OK("one")], 2: [OK("two")]}
    played = world(tasks={"W": [lambda call: answers[call.payload].pop(0)]})
    run = played.start(each(MaxConcurrency=1), [0, 1, 2])
    played.finish()
    assert run.status == "FAILED"
    played.engine.redrive(run)
    played.finish()
    arn = run.map_runs[0].arn
    assert played.lines[6:] == [
        (
            "7 ExecutionFailed ←6 @1 error=States.ExceedToleratedFailureThreshold cause=The specified"
            " tolerated failure threshold was exceeded"
        ),
        "8 ExecutionRedriven ←7 @1 redriveCount=1",
        f"9 MapRunRedriven ←8 @1 mapRunArn={arn} redriveCount=1",
        "10 MapRunSucceeded ←9 @3",
        "11 MapStateSucceeded ←10 @3",
        '12 MapStateExited ←9 @3 name=M output=["zero","one","two"]',
        '13 ExecutionSucceeded ←12 @3 output=["zero","one","two"]',
    ]
    assert [child.redrive_count for child in children(played)] == [0, 1, 0]
    assert [event.type for event in children(played)[1].history][-6:] == [
        "ExecutionRedriven",
        "LambdaFunctionScheduled",
        "LambdaFunctionStarted",
        "LambdaFunctionSucceeded",
        "TaskStateExited",
        "ExecutionSucceeded",
    ]
    assert run.map_runs[0].describe()["redriveDate"] == "2026-01-01T00:00:01Z"


def test_express_children_start_anew_with_a_redrive(world):
    played = world(tasks={"W": [Failure("E"), OK(1)]})
    run = played.start(each(kind="EXPRESS"), [1])
    played.finish()
    played.engine.redrive(run)
    assert played.finish().output == [1]
    first, second = children(played)
    assert (first.status, second.status, second.redrive_count) == ("FAILED", "SUCCEEDED", 0)


def test_a_map_whose_reader_failed_reads_again_with_a_redrive(world):
    store = Store(Failure("States.ItemReaderFailed", "not yet"))
    reader = {"Resource": READ, "ReaderConfig": {"InputType": "JSON"}, "Parameters": {}}
    played = world(items=store)
    run = played.start(each(PASS, ItemReader=reader), {})
    played.finish()
    store.items = [Item(1)]
    played.engine.redrive(run)
    assert played.finish().output == [1]
    assert played.types.count("MapRunStarted") == 2


def test_a_distributed_map_within_a_distributed_map(play):
    inner = each(PASS)["M"]
    inner["Label"] = "Inner"
    inner["ItemProcessor"]["StartAt"] = "V"
    inner["ItemProcessor"]["States"] = {"V": {**PASS, "End": True}}
    played = play(each(inner), [[1, 2], [3]])
    assert played.output == [[1, 2], [3]]
    assert len(children(played)) == 5
