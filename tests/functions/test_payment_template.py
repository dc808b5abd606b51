"""What the template promises for payments: encryption, expiry, least privilege, alarms, no card data in logs."""

from __future__ import annotations

import json

import pytest

from simulator.values import canonical

CACHES = ("CardCache", "SadCache")
MACHINES = ("PaymentWorkflow", "RedriveWorkflow")


@pytest.fixture(scope="session")
def resources(project):
    """Every resource of the template by its logical id, resolved."""
    return project.template.resources


def of_type(resources, *types):
    return {name: item for name, item in resources.items() if item.type in types}


def statements(resources, *, of=None):
    """(role, statement) of every inline policy, without SAM's own."""
    for name, role in of_type(resources, "AWS::IAM::Role").items():
        for policy in role.properties.get("Policies", []):
            for statement in policy["PolicyDocument"]["Statement"]:
                if of is None or name in of:
                    yield name, statement


def listed(value):
    return value if isinstance(value, list) else [value]


@pytest.mark.parametrize("name", CACHES)
def test_card_tables_expire_and_keep_no_copies(resources, name):
    table = resources[name].properties
    assert table["TimeToLiveSpecification"] == {"AttributeName": "expires_at", "Enabled": True}
    assert table["PointInTimeRecoverySpecification"] == {"PointInTimeRecoveryEnabled": False}
    assert not {"StreamSpecification", "Replicas", "KinesisStreamSpecification"} & set(table)


@pytest.mark.parametrize("name", ["Payments", "Ledger", "Attempts", "Orders"])
def test_books_can_be_recovered(resources, name):
    table = resources[name].properties
    assert table["PointInTimeRecoverySpecification"] == {"PointInTimeRecoveryEnabled": True}
    assert table["DeletionProtectionEnabled"] is True


def test_every_table_and_queue_is_encrypted_with_our_key(resources):
    for item in of_type(resources, "AWS::DynamoDB::Table").values():
        assert item.properties["SSESpecification"]["SSEType"] == "KMS"
    for item in of_type(resources, "AWS::SQS::Queue", "AWS::SNS::Topic").values():
        assert "KmsMasterKeyId" in item.properties or item.logical_id.startswith("Findings")


@pytest.mark.parametrize(("key", "purpose"), [("CardKey", "pan"), ("SadKey", "sad")])
def test_one_role_seals_and_one_opens_each_bound_to_its_purpose(resources, key, purpose):
    policy = resources[key].properties["KeyPolicy"]["Statement"]
    users = {
        statement["Action"]: statement["Condition"]["StringEquals"]
        for statement in policy
        if statement["Sid"] != "Administration"
    }
    assert users.keys() == {"kms:GenerateDataKey", "kms:Decrypt"}
    roles = {"kms:GenerateDataKey": "TokenizeCard", "kms:Decrypt": "AuthorizePayment"}
    for action, condition in users.items():
        assert condition["aws:PrincipalArn"].endswith(f"-{roles[action]}")
        assert condition["kms:EncryptionContext:purpose"] == purpose
    admin = next(s for s in policy if s["Sid"] == "Administration")
    assert not {"kms:Decrypt", "kms:GenerateDataKey", "kms:*"} & set(admin["Action"])
    assert resources[key].properties["EnableKeyRotation"] is True


def test_only_the_authorising_function_may_open_a_card(resources):
    keys = {resources[name].arn for name in ("CardKey", "SadKey")}
    may = {
        role
        for role, statement in statements(resources)
        if keys & set(map(str, listed(statement["Resource"])))
        and "kms:Decrypt" in listed(statement["Action"])
    }
    assert may == {"AuthorizePaymentRole"}


@pytest.mark.parametrize("name", MACHINES)
def test_histories_are_encrypted_and_logs_hold_no_data(resources, name):
    machine = resources[name].properties
    assert machine["EncryptionConfiguration"]["Type"] == "CUSTOMER_MANAGED_KMS_KEY"
    assert machine["LoggingConfiguration"]["Level"] == "ALL"
    assert machine["LoggingConfiguration"]["IncludeExecutionData"] is False
    assert machine["TracingConfiguration"] == {"Enabled": True}


def test_no_role_may_do_everything(resources):
    own = {
        f"{name}Role"
        for name, item in of_type(resources, "AWS::Lambda::Function").items()
        if item.properties["Handler"].startswith("payment.")
    }
    own |= {"PaymentWorkflowRole", "RedriveWorkflowRole", "ScheduleRole"}
    for role, statement in statements(resources, of=own):
        assert not {"NotAction", "NotResource"} & set(statement), role
        for action in listed(statement["Action"]):
            assert action.partition(":")[2] not in ("*", ""), (role, action)
        if statement["Resource"] == "*":
            allowed = {"xray", "logs"}
            assert {a.partition(":")[0] for a in listed(statement["Action"])} <= allowed, role


def test_every_alarm_tells_somebody(resources):
    for item in of_type(resources, "AWS::CloudWatch::Alarm").values():
        assert item.properties["AlarmActions"], item.logical_id


def test_every_queue_that_must_be_empty_has_an_alarm(resources):
    watched = {
        dimension["Value"]
        for item in of_type(resources, "AWS::CloudWatch::Alarm").values()
        if item.properties["Namespace"] == "AWS/SQS"
        for dimension in item.properties["Dimensions"]
    }
    queues = {item.name for item in of_type(resources, "AWS::SQS::Queue").values()}
    assert {name for name in queues - watched if "payments" in name} == {
        "orchestra-dev-payments-retry"
    }


def test_a_dead_letter_lives_as_long_as_it_can(resources):
    for item in of_type(resources, "AWS::SQS::Queue").values():
        if "finding" not in item.name:
            assert item.properties["MessageRetentionPeriod"] == 1_209_600


def test_logs_are_kept_a_year_under_our_key(resources):
    for item in of_type(resources, "AWS::Logs::LogGroup").values():
        assert item.properties["RetentionInDays"] >= 365
        assert item.properties["KmsKeyId"] == resources["DataKey"].arn


def test_no_api_writes_bodies_or_headers_that_prove_identity(resources):
    for item in of_type(resources, "AWS::ApiGateway::Stage").values():
        for setting in item.properties["MethodSettings"]:
            assert setting["DataTraceEnabled"] is False
            assert setting["ThrottlingRateLimit"] > 0
        text = canonical(item.properties["AccessLogSetting"]).lower()
        assert not any(word in text for word in ("authorization", "querystring", "$input", "body"))
        assert item.properties.get("CacheClusterEnabled") is not True


def test_the_firewall_stands_before_every_api(resources):
    guarded = {
        item.properties["ResourceArn"]
        for item in of_type(resources, "AWS::WAFv2::WebACLAssociation").values()
    }
    assert len(guarded) == 3
    rules = resources["PaymentsAcl"].properties["Rules"]
    assert [rule["Name"] for rule in rules] == ["TooLarge", "TooOften", "Common", "BadInputs"]
    redacted = canonical(resources["PaymentsAclLogging"].properties["RedactedFields"])
    assert "authorization" in redacted


def test_functions_log_no_events_and_card_functions_have_no_destinations(resources):
    for item in of_type(resources, "AWS::Lambda::Function").values():
        variables = item.properties.get("Environment", {}).get("Variables", {})
        assert str(variables.get("POWERTOOLS_LOGGER_LOG_EVENT", "false")).lower() == "false"
        assert "DeadLetterConfig" not in item.properties
    configured = of_type(resources, "AWS::Lambda::EventInvokeConfig")
    cards = {"TokenizeCard", "AuthorizePayment"}
    assert not cards & {str(item.properties.get("FunctionName")) for item in configured.values()}


def test_no_provider_state_tries_an_unknown_outcome_again(project):
    definition = json.loads(
        (project.root / "workflows" / "rendered" / "payment.asl.json").read_text(encoding="utf-8")
    )
    never = {
        "States.ALL", "States.TaskFailed", "States.Timeout", "Lambda.Unknown", "Sandbox.Timedout",
        "ProviderOutcomeUnknown", "ServiceBusy", "Lambda.SdkClientException",
    }  # fmt: skip
    for name in ("AuthorizePayment", "CapturePayment", "VoidAuthorization", "RefundPayment"):
        state = definition["States"][name]
        assert state["TimeoutSeconds"] > 30
        assert state["Catch"][-1]["ErrorEquals"] == ["States.ALL"]
        retried = {error for retrier in state["Retry"] for error in retrier["ErrorEquals"]}
        assert not retried & never, name


def test_every_way_out_of_a_payment_passes_a_state_that_clears_the_card(project):
    """From any state, Catch edges included, no final state is reached without clearing or queueing."""
    definition = json.loads(
        (project.root / "workflows" / "rendered" / "payment.asl.json").read_text(encoding="utf-8")
    )["States"]
    clearing = {"ClearCardCache", "RetryScheduled"}
    final = {
        name for name, state in definition.items() if state["Type"] in ("Succeed", "Fail")
    } - clearing

    def following(state):
        yield from (state[key] for key in ("Next", "Default") if key in state)
        yield from (rule["Next"] for rule in state.get("Choices", ()))
        yield from (catcher["Next"] for catcher in state.get("Catch", ()))

    seen, open_ones = set(), {"RecordReceived"}
    while open_ones:
        name = open_ones.pop()
        seen.add(name)
        assert name not in final, f"{name} is reached with a card in the cache"
        if name not in clearing:
            open_ones |= set(following(definition[name])) - seen
    assert clearing < seen
