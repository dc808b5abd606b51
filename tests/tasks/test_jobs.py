"""Jobs of `.sync` tasks: submitted, looked at on virtual time, ended, stopped."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest

from simulator.asl.integrations import OPTIMISED, SYNC
from simulator.aws.calls import ServiceError
from simulator.engine.ports import Success
from simulator.errors import UsageError
from simulator.tasks.job_table import JOBS, at, filled
from tests.tasks.conftest import ACCOUNT, START, states, task

ATHENA = task(
    "athena:startQueryExecution.sync", {"QueryString": "SELECT 1", "WorkGroup": "primary"}
)
QUERY = {"QueryExecutionId": "q-1"}


def run(world, payload=None):
    execution = world.start("Main", payload or {})
    world.run(until=execution)
    return execution


def kinds(execution):
    return [event.type for event in execution.history]


def emulated(world, service, submit, answer, look, answers):
    """A job that goes through these answers of `look`, the last one for ever."""
    asked = []

    def next_one(call):
        asked.append((call.parameters, world.now - START))
        return answers[min(len(asked), len(answers)) - 1]

    world.cloud.emulate(service, submit, lambda _call: answer)
    world.cloud.emulate(service, look, next_one)
    return asked


def athena_state(text):
    return {"QueryExecution": {**QUERY, "Status": {"State": text}}}


def test_every_job_that_the_service_knows_can_be_awaited():
    nested = {("states", "startExecution")}
    cluster = {("eks", "runJob")}  # Kubernetes itself: refused, see below
    known = {
        (service, action)
        for service, actions in OPTIMISED.items()
        for action, patterns in actions.items()
        if SYNC in patterns
    }
    assert known - nested - cluster == set(JOBS)


def test_a_job_is_looked_at_until_it_has_ended(lab):
    world = lab(Main=states(Ask=ATHENA))
    asked = emulated(
        world, "athena", "StartQueryExecution", QUERY, "GetQueryExecution",
        [athena_state("QUEUED"), athena_state("RUNNING"), athena_state("SUCCEEDED")],
    )  # fmt: skip
    done = run(world)
    assert done.output == athena_state("SUCCEEDED")
    assert asked == [(QUERY, timedelta(seconds=wait)) for wait in (1, 3, 7)]
    assert done.stopped_at == START + timedelta(seconds=7)
    submitted = next(event for event in done.history if event.type == "TaskSubmitted")
    output = json.loads(submitted.to_aws()["taskSubmittedEventDetails"]["output"])
    assert (output["QueryExecutionId"], output["SdkHttpMetadata"]["HttpStatusCode"]) == ("q-1", 200)
    assert kinds(done)[2:6] == ["TaskScheduled", "TaskStarted", "TaskSubmitted", "TaskSucceeded"]
    assert {call.caller for call in world.cloud.calls} == {"Ask"}


def test_a_job_that_fails_fails_the_task_with_its_description_as_the_cause(lab):
    world = lab(Main=states(Ask=ATHENA))
    emulated(
        world, "athena", "StartQueryExecution", QUERY, "GetQueryExecution", [athena_state("FAILED")]
    )
    done = run(world)
    assert (done.error, json.loads(done.cause)) == ("States.TaskFailed", athena_state("FAILED"))


def test_a_job_that_cannot_be_submitted_fails_the_task_at_once(lab):
    world = lab(
        Main=states(
            Run=task(
                "batch:submitJob.sync", {"JobName": "a", "JobQueue": "q", "JobDefinition": "d"}
            )
        )
    )
    done = run(world)
    assert done.error.startswith("Batch.")
    assert "TaskSubmitted" not in kinds(done)


def test_a_job_that_never_ends_is_said_to_the_developer(lab):
    world = lab(Main=states(Ask=ATHENA))
    emulated(
        world,
        "athena",
        "StartQueryExecution",
        QUERY,
        "GetQueryExecution",
        [athena_state("RUNNING")],
    )
    world.start("Main", {})
    with pytest.raises(UsageError, match="the job of the state 'Ask' in lab-Main stays RUNNING"):
        world.run()


def test_the_job_of_a_task_that_has_timed_out_runs_on(lab):
    world = lab(Main=states(Ask={**ATHENA, "TimeoutSeconds": 60}))
    asked = emulated(
        world,
        "athena",
        "StartQueryExecution",
        QUERY,
        "GetQueryExecution",
        [athena_state("RUNNING")],
    )
    execution = world.start("Main", {})
    world.run()
    assert execution.error == "States.Timeout"
    assert "StopQueryExecution" not in {call.operation for call in world.cloud.calls}
    assert max(when for _, when in asked) < timedelta(seconds=60)  # nobody looks any more


def test_an_execution_that_is_stopped_stops_its_job(lab):
    world = lab(Main=states(Ask=ATHENA))
    emulated(
        world,
        "athena",
        "StartQueryExecution",
        QUERY,
        "GetQueryExecution",
        [athena_state("RUNNING")],
    )
    stops = []
    world.cloud.emulate("athena", "StopQueryExecution", lambda call: stops.append(call) or {})
    execution = world.start("Main", {})
    world.run(until=timedelta(seconds=5))
    world.engine.stop(execution)
    world.run()
    assert (execution.status, [call.parameters for call in stops]) == ("ABORTED", [QUERY])


def test_a_token_ends_the_task_before_its_job(lab):
    """AWS: the token of the context object may be handed to the job."""
    world = lab(Main=states(Ask=ATHENA))
    emulated(
        world,
        "athena",
        "StartQueryExecution",
        QUERY,
        "GetQueryExecution",
        [athena_state("RUNNING")],
    )
    execution = world.start("Main", {})
    world.run(until=timedelta(seconds=5))
    world.settle(world.open_tasks()[0].token, Success({"early": True}))
    world.cloud.emulate("athena", "GetQueryExecution", lambda _call: athena_state("SUCCEEDED"))
    world.run()
    assert execution.output == {"early": True}


def test_a_scripted_completion_needs_no_job(once):
    done = once(ATHENA, options={"mocks": {"Only": [Success({"scripted": True})]}})
    assert (done.output, kinds(done)[4:6]) == (
        {"scripted": True},
        ["TaskSubmitted", "TaskSucceeded"],
    )


def test_request_response_does_not_wait(lab):
    world = lab(Main=states(Ask=task("athena:startQueryExecution", {"QueryString": "SELECT 1"})))
    done = run(world)
    assert (done.status, done.stopped_at) == ("SUCCEEDED", START)


# -- ECS: the end of a task says nothing yet ---------------------------------------------------------

TASK = f"arn:aws:ecs:us-east-1:{ACCOUNT}:task/t-1"
RUN_TASK = task("ecs:runTask.sync", {"Cluster": "c", "TaskDefinition": "d"})


def ecs(lab, **description):
    world = lab(Main=states(Run=RUN_TASK))
    started = {"tasks": [{"taskArn": TASK, "lastStatus": "PENDING"}], "failures": []}
    ended = {"tasks": [{"taskArn": TASK, "lastStatus": "STOPPED", **description}]}
    asked = emulated(world, "ecs", "RunTask", started, "DescribeTasks", [started, ended])
    return world, run(world), asked


def test_a_task_of_ecs_gives_its_description(lab):
    world, done, asked = ecs(lab, containers=[{"name": "a", "exitCode": 0}])
    assert done.status == "SUCCEEDED"
    assert (done.output["TaskArn"], done.output["LastStatus"]) == (TASK, "STOPPED")
    assert done.output["Containers"][0]["NetworkBindings"] == []  # the SDK's empty lists
    assert [parameters for parameters, _ in asked] == [{"cluster": "c", "tasks": [TASK]}] * 2
    scheduled = next(event for event in done.history if event.type == "TaskScheduled").to_aws()
    assert json.loads(scheduled["taskScheduledEventDetails"]["parameters"]) == {
        "Cluster": "c", "TaskDefinition": "d", "StartedBy": "AWS Step Functions",
    }  # fmt: skip
    assert world.cloud.calls[0].parameters == {
        "cluster": "c",
        "taskDefinition": "d",
        "startedBy": "AWS Step Functions",
    }


@pytest.mark.parametrize(
    "description",
    [
        {"containers": [{"name": "a", "exitCode": 0}, {"name": "b", "exitCode": 137}]},
        {"stopCode": "TaskFailedToStart"},
    ],
)
def test_a_task_of_ecs_that_went_wrong_fails(lab, description):
    _, done, _ = ecs(lab, **description)
    assert done.error == "States.TaskFailed"
    assert json.loads(done.cause)["TaskArn"] == TASK


def test_a_task_that_ecs_could_not_place_fails(lab):
    world = lab(Main=states(Run=RUN_TASK))
    answer = {"tasks": [], "failures": [{"arn": "a", "reason": "RESOURCE:CPU"}]}
    world.cloud.emulate("ecs", "RunTask", lambda _call: answer)
    done = run(world)
    assert done.error == "AmazonECS.Unknown"
    assert json.loads(done.cause)["Failures"] == [{"Arn": "a", "Reason": "RESOURCE:CPU"}]


# -- other shapes ------------------------------------------------------------------------------------

CASES = {
    "glue": (
        task("glue:startJobRun.sync", {"JobName": "j"}),
        ("glue", "StartJobRun", {"JobRunId": "r"}),
        ("GetJobRun", {"JobRun": {"Id": "r", "JobRunState": "SUCCEEDED"}}),
        ({"JobName": "j", "RunId": "r"}, {"Id": "r", "JobRunState": "SUCCEEDED"}),
    ),
    "batch": (
        task(
            "batch:submitJob.sync", {"JobName": "a", "JobQueue": "q", "JobDefinition": "d"}
        ),
        ("batch", "SubmitJob", {"jobId": "i", "jobName": "a"}),
        ("DescribeJobs", {"jobs": [{"jobId": "i", "status": "SUCCEEDED", "createdAt": 1000}]}),
        (
            {"jobs": ["i"]},
            {
                "JobId": "i", "Status": "SUCCEEDED", "CreatedAt": 1000, "Attempts": [],
                "ConsumableResourceProperties": None, "DependsOn": [], "EksAttempts": [],
                "PlatformCapabilities": [],
            },
        ),
    ),
    "codebuild": (
        task("codebuild:startBuild.sync", {"ProjectName": "p"}),
        ("codebuild", "StartBuild", {"build": {"id": "b", "buildStatus": "IN_PROGRESS"}}),
        ("BatchGetBuilds", {"builds": [{"id": "b", "buildStatus": "SUCCEEDED"}]}),
        ({"ids": ["b"]}, {"Build": {"Id": "b", "BuildStatus": "SUCCEEDED"}}),
    ),
    "sagemaker": (
        task(
            "sagemaker:createTrainingJob.sync",
            {"TrainingJobName": "t", "RoleArn": f"arn:aws:iam::{ACCOUNT}:role/trainer", "OutputDataConfig": {"S3OutputPath": "s3://o"}},
        ),
        ("sagemaker", "CreateTrainingJob", {"TrainingJobArn": "arn"}),
        ("DescribeTrainingJob", {"TrainingJobName": "t", "TrainingJobStatus": "Completed"}),
        (
            {"TrainingJobName": "t"},
            {"TrainingJobName": "t", "TrainingJobStatus": "Completed"},
        ),
    ),
    "emr cluster": (
        task("elasticmapreduce:createCluster.sync", {"Name": "n", "Instances": {}}),
        ("emr", "RunJobFlow", {"JobFlowId": "j-1", "ClusterArn": "arn"}),
        ("DescribeCluster", {"Cluster": {"Id": "j-1", "Status": {"State": "WAITING"}}}),
        (
            {"ClusterId": "j-1"},
            {
                "Cluster": {"Id": "j-1", "Status": {"State": "WAITING"}},
                "ClusterId": "j-1",
            },
        ),
    ),
    "emr step": (
        task(
            "elasticmapreduce:addStep.sync",
            {"ClusterId": "j-1", "Step": {"Name": "s", "HadoopJarStep": {"Jar": "command-runner.jar"}}},
        ),
        ("emr", "AddJobFlowSteps", {"StepIds": ["s-1"]}),
        ("DescribeStep", {"Step": {"Id": "s-1", "Status": {"State": "COMPLETED"}}}),
        (
            {"ClusterId": "j-1", "StepId": "s-1"},
            {"Step": {"Id": "s-1", "Status": {"State": "COMPLETED"}}, "StepId": "s-1"},
        ),
    ),
    "emr serverless": (
        task(
            "emr-serverless:startJobRun.sync",
            {"ApplicationId": "a", "ExecutionRoleArn": f"arn:aws:iam::{ACCOUNT}:role/r"},
        ),
        ("emr-serverless", "StartJobRun", {"applicationId": "a", "jobRunId": "r"}),
        ("GetJobRun", {"jobRun": {"jobRunId": "r", "state": "SUCCESS"}}),
        (
            {"applicationId": "a", "jobRunId": "r"},
            {"JobRun": {"JobRunId": "r", "State": "SUCCESS"}},
        ),
    ),
    "mediaconvert": (
        task("mediaconvert:createJob.sync", {"Role": "r", "Settings": {}}),
        ("mediaconvert", "CreateJob", {"Job": {"Id": "m"}}),
        ("GetJob", {"Job": {"Id": "m", "Status": "COMPLETE"}}),
        ({"Id": "m"}, {"Job": {"Id": "m", "Status": "COMPLETE"}}),
    ),
    "databrew": (
        task("databrew:startJobRun.sync", {"Name": "d"}),
        ("databrew", "StartJobRun", {"RunId": "r"}),
        ("DescribeJobRun", {"JobName": "d", "State": "SUCCEEDED"}),
        ({"Name": "d", "RunId": "r"}, {"JobName": "d", "State": "SUCCEEDED"}),
    ),
    "eks": (
        task("eks:createCluster.sync", {"Name": "c", "RoleArn": "r", "ResourcesVpcConfig": {}}),
        ("eks", "CreateCluster", {"cluster": {"name": "c", "status": "CREATING"}}),
        ("DescribeCluster", {"cluster": {"name": "c", "status": "ACTIVE"}}),
        ({"name": "c"}, {"Cluster": {"Name": "c", "Status": "ACTIVE"}}),
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_what_a_job_of_each_service_gives(lab, case):
    state, (service, submit, answer), (look, described), (wanted, output) = CASES[case]
    world = lab(Main=states(Run=state))
    asked = emulated(world, service, submit, answer, look, [described])
    done = run(world)
    assert (done.status, [parameters for parameters, _ in asked]) == ("SUCCEEDED", [wanted])
    assert done.output == {name: item for name, item in output.items() if item is not None}


def test_what_shall_go_is_awaited_until_it_is_gone(lab):
    state = task("eks:deleteCluster.sync", {"Name": "c"})
    world = lab(Main=states(Drop=state))
    answers = iter([{"cluster": {"name": "c", "status": "DELETING"}}])

    def look(_call):
        try:
            return next(answers)
        except StopIteration:
            raise ServiceError("ResourceNotFoundException", "gone", 404) from None

    world.cloud.emulate("eks", "DeleteCluster", lambda _call: {"cluster": {"name": "c"}})
    world.cloud.emulate("eks", "DescribeCluster", look)
    done = run(world)
    assert done.output == {"Cluster": {"Name": "c", "Status": "DELETING"}}


@pytest.mark.parametrize(
    ("resource", "parameters", "told"),
    [
        (
            "eks:runJob.sync",
            {"ClusterName": "c", "CertificateAuthority": "a", "Endpoint": "e", "Job": {}},
            "eks:runJob reaches into a Kubernetes cluster; script the state's results",
        ),
        (
            "databrew:startJobRun.sync", {"Name": "d"},
            "Run calls databrew:StartJobRun, which the stand-ins do not have",
        ),
    ],
)  # fmt: skip
def test_what_the_stand_ins_lack_is_refused_with_a_way_out(lab, resource, parameters, told):
    world = lab(Main=states(Run=task(resource, parameters)))
    world.start("Main", {})
    with pytest.raises(UsageError, match=told):
        world.run()


def test_templates_of_parameters():
    submitted = {"Tasks": [{"TaskArn": "t"}], "Same": 1}
    given = {"Cluster": "c", "Same": 2}
    template = {"Cluster": "@Cluster", "Tasks": ["@Tasks.0.TaskArn"], "S": "@Same", "Text": "x"}
    assert filled(template, submitted, given) == {
        "Cluster": "c", "Tasks": ["t"], "S": 1, "Text": "x",
    }  # fmt: skip
    assert (at(submitted, "Tasks.1"), at(submitted, "Same.deeper"), at(submitted, "")) == (
        None, None, submitted,
    )  # fmt: skip


# -- moto's own jobs ---------------------------------------------------------------------------------


def test_a_job_of_glue_in_the_stand_ins(lab):
    world = lab(Main=states(Run=task("glue:startJobRun.sync", {"JobName": "j"})))
    client = world.cloud.client("glue")
    client.create_job(Name="j", Role="r", Command={"Name": "glueetl", "ScriptLocation": "s3://a/b"})
    done = run(world)
    assert (done.status, done.output["JobName"], done.output["JobRunState"]) == (
        "SUCCEEDED", "j", "SUCCEEDED",
    )  # fmt: skip


def test_a_query_of_athena_in_the_stand_ins(once):
    done = once(ATHENA)
    assert done.status == "SUCCEEDED"
    assert done.output["QueryExecution"]["Status"]["State"] == "SUCCEEDED"
    assert isinstance(done.output["QueryExecution"]["Status"]["SubmissionDateTime"], int)


def test_a_build_of_codebuild_in_the_stand_ins(lab):
    world = lab(Main=states(Run=task("codebuild:startBuild.sync", {"ProjectName": "project"})))
    world.cloud.client("codebuild").create_project(
        name="project",
        source={"type": "S3", "location": "bucket/path"},
        artifacts={"type": "NO_ARTIFACTS"},
        environment={
            "type": "LINUX_CONTAINER",
            "image": "i",
            "computeType": "BUILD_GENERAL1_SMALL",
        },
        serviceRole=f"arn:aws:iam::{ACCOUNT}:role/service-role/my-role",
    )
    done = run(world)
    assert done.output["Build"]["BuildStatus"] == "SUCCEEDED"
