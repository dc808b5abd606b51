"""RedriveExecution and what DescribeExecution says about it."""

from __future__ import annotations

from datetime import timedelta

import pytest

ACTIVITY = "arn:aws:states:us-east-1:123456789012:activity:work"
FLOW = {
    "First": {"Type": "Pass", "Result": 1, "Next": "Work"},
    "Work": {"Type": "Task", "Resource": ACTIVITY, "End": True},
}


@pytest.fixture
def failed(lab):
    """An execution that failed in its task."""
    lab.api.create_activity(name="work")
    run = lab.run(lab.make(FLOW))
    settle(lab, error="Bad")
    return run


def settle(lab, **failure):
    token = lab.api.get_activity_task(activityArn=ACTIVITY)["taskToken"]
    if failure:
        lab.api.send_task_failure(taskToken=token, **failure)
    else:
        lab.api.send_task_success(taskToken=token, output='"done"')
    lab.world.run()


def test_a_failed_execution_goes_on_where_it_failed(lab, failed):
    before = lab.describe(failed)
    assert (before["redriveStatus"], before["redriveCount"]) == ("REDRIVABLE", 0)
    assert "redriveDate" not in before
    lab.world.run(until=timedelta(hours=1))
    answer = lab.api.redrive_execution(executionArn=failed)
    lab.world.run(until=timedelta(seconds=1))
    running = lab.describe(failed)
    assert (running["status"], running["redriveCount"]) == ("RUNNING", 1)
    assert running["redriveDate"] == answer["redriveDate"]
    assert running["redriveStatusReason"] == "Execution is RUNNING and cannot be redriven"
    assert {"error", "stopDate"} & set(running) == set()
    settle(lab)
    after = lab.describe(failed)
    assert (after["status"], after["output"], after["redriveCount"]) == ("SUCCEEDED", '"done"', 1)
    assert after["redriveStatusReason"] == "Execution is SUCCEEDED and cannot be redriven"
    kinds = lab.kinds(failed)
    assert kinds.count("PassStateEntered") == 1
    assert kinds[kinds.index("ExecutionFailed") :] == [
        "ExecutionFailed",
        "ExecutionRedriven",
        "ActivityScheduled",
        "ActivityStarted",
        "ActivitySucceeded",
        "TaskStateExited",
        "ExecutionSucceeded",
    ]


def test_what_cannot_be_redriven_is_refused_with_the_reason(lab, failed):
    lab.api.redrive_execution(executionArn=failed)
    code, message = lab.refused(lab.api.redrive_execution, executionArn=failed)
    assert code == "ExecutionNotRedrivable"
    assert "Execution is RUNNING and cannot be redriven" in message


def test_two_weeks_later_it_is_too_late(lab, failed):
    lab.world.run(until=timedelta(days=14, seconds=1))
    assert lab.describe(failed)["redriveStatus"] == "NOT_REDRIVABLE"
    assert (
        lab.refused(lab.api.redrive_execution, executionArn=failed)[0] == "ExecutionNotRedrivable"
    )


def test_repeating_a_client_token_redrives_once(lab, failed):
    first = lab.api.redrive_execution(executionArn=failed, clientToken="t1")
    lab.world.run(until=timedelta(minutes=10))
    again = lab.api.redrive_execution(executionArn=failed, clientToken="t1")
    assert again["redriveDate"] == first["redriveDate"]
    assert lab.describe(failed)["redriveCount"] == 1
    lab.world.run(until=timedelta(minutes=6))
    code, _ = lab.refused(lab.api.redrive_execution, executionArn=failed, clientToken="t1")
    assert code == "ExecutionNotRedrivable"


def test_stopping_what_has_ended_changes_nothing(lab, failed):
    before = lab.describe(failed)
    lab.world.run(until=timedelta(minutes=1))
    stopped = lab.api.stop_execution(executionArn=failed, error="Late")
    assert stopped["stopDate"] == before["stopDate"]
    assert lab.describe(failed)["error"] == "Bad"


def test_metadata_alone_has_no_input_and_no_output(lab, failed):
    lab.api.redrive_execution(executionArn=failed)
    settle(lab)
    found = lab.api.describe_execution(executionArn=failed, includedData="METADATA_ONLY")
    assert {"input", "output"} & set(found) == set()
    assert found["inputDetails"] == found["outputDetails"] == {"included": False}


def test_a_history_has_pages_in_both_directions_and_can_leave_data_out(lab, failed):
    whole = lab.api.get_execution_history(executionArn=failed)["events"]
    for reverse in (False, True):
        request = {"executionArn": failed, "maxResults": 3, "reverseOrder": reverse}
        page = lab.api.get_execution_history(**request)
        found = page["events"]
        while "nextToken" in page:
            page = lab.api.get_execution_history(**request, nextToken=page["nextToken"])
            found += page["events"]
        assert found == (whole[::-1] if reverse else whole)
    bare = lab.api.get_execution_history(executionArn=failed, includeExecutionData=False)["events"]
    assert bare[0]["executionStartedEventDetails"] == {
        "roleArn": whole[0]["executionStartedEventDetails"]["roleArn"]
    }
    assert bare[1]["stateEnteredEventDetails"] == {"name": "First"}
    assert bare[-1]["executionFailedEventDetails"] == {"error": "Bad"}


def test_a_page_token_of_another_request_is_invalid(lab, failed):
    page = lab.api.get_execution_history(executionArn=failed, maxResults=1)
    wrong = {"executionArn": failed, "reverseOrder": True, "nextToken": page["nextToken"]}
    assert lab.refused(lab.api.get_execution_history, **wrong) == (
        "InvalidToken",
        "Invalid Token: 'Invalid token'",
    )
