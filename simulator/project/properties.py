"""Which properties the types of resources.py have, by CloudFormation's resource schemas of 2026."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from simulator.problems import Problem, did_you_mean
from simulator.project.document import escape
from simulator.project.template import Template

_TEXTS: Mapping[str, str] = {
    "AWS::CloudWatch::Alarm": """
        ActionConfiguration ActionsEnabled AlarmActions AlarmDescription AlarmName
        ComparisonOperator DatapointsToAlarm Dimensions EvaluateLowSampleCountPercentile
        EvaluationCriteria EvaluationInterval EvaluationPeriods EvaluationWindow ExtendedStatistic
        InsufficientDataActions MetricName Metrics Namespace OKActions Period Statistic Tags
        Threshold ThresholdMetricId TreatMissingData Unit WarmUpConfiguration
    """,
    "AWS::DynamoDB::Table": """
        AttributeDefinitions BillingMode ContributorInsightsSpecification DeletionProtectionEnabled
        GlobalSecondaryIndexes ImportSourceSpecification KeySchema KinesisStreamSpecification
        LocalSecondaryIndexes OnDemandThroughput PointInTimeRecoverySpecification
        ProvisionedThroughput ResourcePolicy SSESpecification StreamSpecification TableClass
        TableName Tags TimeToLiveSpecification VectorIndexes WarmThroughput
    """,
    "AWS::Events::EventBus": """
        DeadLetterConfig Description EventSourceName KmsKeyIdentifier LogConfig Name Policy Tags
    """,
    "AWS::IAM::Role": """
        AssumeRolePolicyDocument Description ManagedPolicyArns MaxSessionDuration Path
        PermissionsBoundary Policies RoleName Tags
    """,
    "AWS::KMS::Alias": """
        AliasName TargetKeyId
    """,
    "AWS::KMS::Key": """
        BypassPolicyLockoutSafetyCheck Description EnableKeyRotation Enabled KeyPolicy KeySpec
        KeyUsage MultiRegion Origin PendingWindowInDays RotationPeriodInDays Tags
    """,
    "AWS::Logs::LogGroup": """
        BearerTokenAuthenticationEnabled DataProtectionPolicy DeletionProtectionEnabled
        FieldIndexPolicies KmsKeyId LogGroupClass LogGroupName ResourcePolicyDocument
        RetentionInDays Tags
    """,
    "AWS::S3::Bucket": """
        AbacStatus AccelerateConfiguration AccessControl AnalyticsConfigurations BucketEncryption
        BucketName BucketNamePrefix BucketNamespace CorsConfiguration
        IntelligentTieringConfigurations InventoryConfigurations LifecycleConfiguration
        LoggingConfiguration MetadataConfiguration MetadataTableConfiguration MetricsConfigurations
        NotificationConfiguration ObjectLockConfiguration ObjectLockEnabled OwnershipControls
        PublicAccessBlockConfiguration ReplicationConfiguration Tags VersioningConfiguration
        WebsiteConfiguration
    """,
    "AWS::S3::BucketPolicy": """
        Bucket PolicyDocument
    """,
    "AWS::SES::EmailIdentity": """
        ConfigurationSetAttributes DkimAttributes DkimSigningAttributes EmailIdentity
        FeedbackAttributes MailFromAttributes Tags
    """,
    "AWS::SNS::Subscription": """
        DeliveryPolicy Endpoint FilterPolicy FilterPolicyScope Protocol RawMessageDelivery
        RedrivePolicy Region ReplayPolicy SubscriptionRoleArn TopicArn
    """,
    "AWS::SNS::Topic": """
        ArchivePolicy ContentBasedDeduplication DataProtectionPolicy DeliveryStatusLogging
        DisplayName FifoThroughputScope FifoTopic KmsMasterKeyId MaximumMessageSize SignatureVersion
        Subscription Tags TopicName TracingConfig
    """,
    "AWS::SQS::Queue": """
        ContentBasedDeduplication DeduplicationScope DelaySeconds FifoQueue FifoThroughputLimit
        KmsDataKeyReusePeriodSeconds KmsMasterKeyId MaximumMessageSize MessageRetentionPeriod
        QueueName ReceiveMessageWaitTimeSeconds RedriveAllowPolicy RedrivePolicy
        SqsManagedSseEnabled Tags VisibilityTimeout
    """,
    "AWS::SSM::Parameter": """
        AllowedPattern DataType Description Name Policies Tags Tier Type Value
    """,
    "AWS::SecretsManager::Secret": """
        Description GenerateSecretString KmsKeyId Name ReplicaRegions SecretString Tags Type
    """,
    "AWS::StepFunctions::Activity": "EncryptionConfiguration Name Tags",
    "AWS::StepFunctions::StateMachine": """
        Definition DefinitionS3Location DefinitionString DefinitionSubstitutions
        EncryptionConfiguration LoggingConfiguration RoleArn StateMachineName StateMachineType Tags
        TracingConfiguration
    """,
    "AWS::StepFunctions::StateMachineAlias": """
        DeploymentPreference Description Name RoutingConfiguration
    """,
    "AWS::StepFunctions::StateMachineVersion": """
        Description StateMachineArn StateMachineRevisionId
    """,
}
PROPERTIES = {kind: frozenset(text.split()) for kind, text in _TEXTS.items()}


def unknown_properties(template: Template) -> Iterator[Problem]:
    """A warning for each that has no effect; CloudFormation refuses it."""
    for resource in template.resources.values():
        known = PROPERTIES.get(resource.type)
        if known is None or resource.logical_id != resource.origin:
            continue
        for name in resource.properties:
            if name not in known:
                place = template.locate(resource.logical_id, f"/Properties/{escape(name)}")
                message = f"{resource.type} has no property '{name}'"
                yield Problem("PRJ092", message, place, did_you_mean(name, known), "warning")
