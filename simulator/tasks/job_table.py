"""JOBS: how the jobs of `.sync` tasks are looked at, when they have ended, and how they are stopped.

Sources: each integration's page of the developer guide (which call is awaited, what comes out), and
the status values of the APIs' models. Outputs are recorded for ecs and published for batch, glue,
codebuild, athena, sagemaker, eks and EMR; the others follow the same rule (guess).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, TypeAlias

from simulator.values import Json

Template: TypeAlias = "Mapping[str, Template] | list[Template] | str | None"


@dataclass(frozen=True, slots=True)
class Job:
    """`look` and `stop` are operations in camel case, each with a template of its parameters.

    In a template "@Cluster" is the value at this path of the submitted answer or, when it is not
    there, of the task's parameters; what is in neither is left out. `found` leads from the answer
    of `look` to the description, `status` from the description to its status. `gone` is a good end
    when the thing asked for does not exist any more. The task's output is the description, in an
    object of the one member `wrap` when that is set, beside `kept` members of the submitted answer.
    """

    look: str
    asked: Template
    found: str
    status: str
    good: frozenset[str]
    bad: frozenset[str]
    wrap: str = ""
    kept: tuple[str, ...] = ()
    stop: str = ""
    stopped: Template = None
    gone: bool = False
    client: str = ""


def _set(text: str) -> frozenset[str]:
    return frozenset(text.split())


def _sagemaker(kind: str, *, can_stop: bool = True) -> Job:
    name = {f"{kind}Name": f"@{kind}Name"}
    return Job(
        f"describe{kind}", name, "", f"{kind}Status", _set("Completed"), _set("Failed Stopped"),
        stop=f"stop{kind}" if can_stop else "", stopped=name,
    )  # fmt: skip


_BUILD_BAD: Final = _set("FAILED FAULT TIMED_OUT STOPPED")
_BATCH_BUILD: Final = Job(
    "batchGetBuildBatches", {"Ids": ["@BuildBatch.Id"]}, "BuildBatches.0", "BuildBatchStatus",
    _set("SUCCEEDED"), _BUILD_BAD, wrap="BuildBatch", stop="stopBuildBatch",
    stopped={"Id": "@BuildBatch.Id"},
)  # fmt: skip
_APPLICATION: Final = {"ApplicationId": "@ApplicationId"}
_RUN: Final = {**_APPLICATION, "JobRunId": "@JobRunId"}


def _application(good: str, bad: str = "TERMINATED", *, gone: bool = False) -> Job:
    return Job(
        "getApplication", _APPLICATION, "", "Application.State", _set(good), _set(bad), gone=gone
    )


_CLUSTER: Final = {"ClusterId": "@ClusterId"}
_EKS_CLUSTER: Final = {"Name": "@Name"}
_NODES: Final = {"ClusterName": "@ClusterName", "NodegroupName": "@NodegroupName"}
_PROFILE: Final = {"ClusterName": "@ClusterName", "FargateProfileName": "@FargateProfileName"}


def _eks(look: str, asked: Template, status: str, *, gone: bool = False) -> Job:
    bad = "FAILED CREATE_FAILED DELETE_FAILED DEGRADED"
    good = "" if gone else "ACTIVE"
    return Job(look, asked, "", status, _set(good), _set(bad), gone=gone)


JOBS: Final[Mapping[tuple[str, str], Job]] = {
    ("athena", "startQueryExecution"): Job(
        "getQueryExecution", {"QueryExecutionId": "@QueryExecutionId"}, "",
        "QueryExecution.Status.State", _set("SUCCEEDED"), _set("FAILED CANCELLED"),
        stop="stopQueryExecution", stopped={"QueryExecutionId": "@QueryExecutionId"},
    ),
    ("batch", "submitJob"): Job(
        "describeJobs", {"Jobs": ["@JobId"]}, "Jobs.0", "Status", _set("SUCCEEDED"),
        _set("FAILED"), stop="terminateJob",
        stopped={"JobId": "@JobId", "Reason": "Execution is stopped"},
    ),
    ("bedrock", "createModelCustomizationJob"): Job(
        "getModelCustomizationJob", {"JobIdentifier": "@JobArn"}, "", "Status",
        _set("Completed"), _set("Failed Stopped"), stop="stopModelCustomizationJob",
        stopped={"JobIdentifier": "@JobArn"},
    ),
    ("codebuild", "startBuild"): Job(
        "batchGetBuilds", {"Ids": ["@Build.Id"]}, "Builds.0", "BuildStatus", _set("SUCCEEDED"),
        _BUILD_BAD, wrap="Build", stop="stopBuild", stopped={"Id": "@Build.Id"},
    ),
    ("codebuild", "startBuildBatch"): _BATCH_BUILD,
    ("codebuild", "retryBuildBatch"): _BATCH_BUILD,
    ("databrew", "startJobRun"): Job(
        "describeJobRun", {"Name": "@Name", "RunId": "@RunId"}, "", "State", _set("SUCCEEDED"),
        _set("FAILED TIMEOUT STOPPED"), stop="stopJobRun",
        stopped={"Name": "@Name", "RunId": "@RunId"},
    ),
    ("ecs", "runTask"): Job(
        "describeTasks", {"Cluster": "@Cluster", "Tasks": ["@Tasks.0.TaskArn"]}, "Tasks.0",
        "LastStatus", _set("STOPPED"), _set(""), stop="stopTask",
        stopped={"Cluster": "@Cluster", "Task": "@Tasks.0.TaskArn"},
    ),
    ("eks", "createCluster"): _eks("describeCluster", _EKS_CLUSTER, "Cluster.Status"),
    ("eks", "createNodegroup"): _eks("describeNodegroup", _NODES, "Nodegroup.Status"),
    ("eks", "createFargateProfile"): _eks(
        "describeFargateProfile", _PROFILE, "FargateProfile.Status"
    ),
    ("eks", "deleteCluster"): _eks("describeCluster", _EKS_CLUSTER, "Cluster.Status", gone=True),
    ("eks", "deleteNodegroup"): _eks("describeNodegroup", _NODES, "Nodegroup.Status", gone=True),
    ("eks", "deleteFargateProfile"): _eks(
        "describeFargateProfile", _PROFILE, "FargateProfile.Status", gone=True
    ),
    ("elasticmapreduce", "createCluster"): Job(
        "describeCluster", _CLUSTER, "", "Cluster.Status.State", _set("RUNNING WAITING"),
        _set("TERMINATED TERMINATED_WITH_ERRORS"), kept=("ClusterId",),
        stop="terminateJobFlows", stopped={"JobFlowIds": ["@ClusterId"]},
    ),
    ("elasticmapreduce", "terminateCluster"): Job(
        "describeCluster", _CLUSTER, "", "Cluster.Status.State", _set("TERMINATED"),
        _set("TERMINATED_WITH_ERRORS"),
    ),
    ("elasticmapreduce", "addStep"): Job(
        "describeStep", {**_CLUSTER, "StepId": "@StepId"}, "", "Step.Status.State",
        _set("COMPLETED"), _set("FAILED CANCELLED INTERRUPTED"), kept=("StepId",),
        stop="cancelSteps", stopped={**_CLUSTER, "StepIds": ["@StepId"]},
    ),
    ("emr-containers", "startJobRun"): Job(
        "describeJobRun", {"Id": "@Id", "VirtualClusterId": "@VirtualClusterId"}, "",
        "JobRun.State", _set("COMPLETED"), _set("FAILED CANCELLED"), stop="cancelJobRun",
        stopped={"Id": "@Id", "VirtualClusterId": "@VirtualClusterId"},
    ),
    ("emr-containers", "deleteVirtualCluster"): Job(
        "describeVirtualCluster", {"Id": "@Id"}, "", "VirtualCluster.State",
        _set("TERMINATED"), _set("ARRESTED"), gone=True,
    ),
    ("emr-serverless", "createApplication"): _application("CREATED STARTED STOPPED"),
    ("emr-serverless", "startApplication"): _application("STARTED"),
    ("emr-serverless", "stopApplication"): _application("STOPPED CREATED"),
    ("emr-serverless", "deleteApplication"): _application("TERMINATED", "", gone=True),
    ("emr-serverless", "startJobRun"): Job(
        "getJobRun", _RUN, "", "JobRun.State", _set("SUCCESS"), _set("FAILED CANCELLED"),
        stop="cancelJobRun", stopped=_RUN,
    ),
    ("emr-serverless", "cancelJobRun"): Job(
        "getJobRun", _RUN, "", "JobRun.State", _set("CANCELLED"), _set("FAILED SUCCESS")
    ),
    ("glue", "startJobRun"): Job(
        "getJobRun", {"JobName": "@JobName", "RunId": "@JobRunId"}, "JobRun", "JobRunState",
        _set("SUCCEEDED"), _set("FAILED STOPPED TIMEOUT ERROR EXPIRED"), stop="batchStopJobRun",
        stopped={"JobName": "@JobName", "JobRunIds": ["@JobRunId"]},
    ),
    ("mediaconvert", "createJob"): Job(
        "getJob", {"Id": "@Job.Id"}, "", "Job.Status", _set("COMPLETE"), _set("ERROR CANCELED"),
        stop="cancelJob", stopped={"Id": "@Job.Id"},
    ),
    ("sagemaker", "createTrainingJob"): _sagemaker("TrainingJob"),
    ("sagemaker", "createTransformJob"): _sagemaker("TransformJob"),
    ("sagemaker", "createProcessingJob"): _sagemaker("ProcessingJob"),
    ("sagemaker", "createHyperParameterTuningJob"): _sagemaker("HyperParameterTuningJob"),
    ("sagemaker", "createLabelingJob"): Job(
        "describeLabelingJob", {"LabelingJobName": "@LabelingJobName"}, "", "LabelingJobStatus",
        _set("Completed"), _set("Failed Stopped"), stop="stopLabelingJob",
        stopped={"LabelingJobName": "@LabelingJobName"},
    ),
}  # fmt: skip


def filled(template: Template, submitted: Json, payload: Json) -> Json:
    """The template's parameters; see Job."""
    if isinstance(template, str) and template.startswith("@"):
        path = template[1:]
        found = at(submitted, path)
        return at(payload, path) if found is None else found
    if isinstance(template, Mapping):
        return {name: filled(item, submitted, payload) for name, item in template.items()}
    if isinstance(template, list):
        return [filled(item, submitted, payload) for item in template]
    return template


def at(value: Json, path: str) -> Json:
    """The value at "Tasks.0.TaskArn"; None when there is none."""
    for step in path.split(".") if path else ():
        if isinstance(value, dict):
            value = value.get(step)
        elif isinstance(value, list) and step.isdigit() and int(step) < len(value):
            value = value[int(step)]
        else:
            return None
    return value
