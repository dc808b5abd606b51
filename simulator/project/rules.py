"""What starts things by itself: event rules, schedules, queue, stream and topic sources."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from simulator.asl.expressions import UNSET
from simulator.events.patterns import Pattern, PatternError
from simulator.events.router import Rule, Target
from simulator.events.schedules import check_expression, check_timezone
from simulator.events.transform import Transform
from simulator.problems import Location, Problem
from simulator.project.document import escape
from simulator.project.parameters import as_text
from simulator.project.template import Resource, Template
from simulator.values import Json, parse_json

_TARGET_KEYS = frozenset(
    {
        "Id",
        "Arn",
        "RoleArn",
        "Input",
        "InputPath",
        "InputTransformer",
        "DeadLetterConfig",
        "RetryPolicy",
    }
)
_SCHEDULE_TARGET_KEYS = frozenset(
    {
        "Arn",
        "RoleArn",
        "Input",
        "DeadLetterConfig",
        "RetryPolicy",
        "SqsParameters",
        "EventBridgeParameters",
    }
)


@dataclass(frozen=True, slots=True)
class Schedule:
    name: str
    expression: str
    target: Target
    enabled: bool
    timezone: str = "UTC"
    arn: str = ""
    kind: str = "scheduler"  # or "rule": its event has another shape
    location: Location | None = None


@dataclass(frozen=True, slots=True)
class QueueSource:
    """A queue that Lambda polls. `filters` are event patterns of FilterCriteria."""

    queue_arn: str
    function: str
    batch_size: int
    window: int
    report_failures: bool
    enabled: bool
    filters: tuple[Pattern, ...] = ()


@dataclass(frozen=True, slots=True)
class StreamSource:
    """A table's stream that Lambda reads; kept as data, and warned of: nothing reads it here."""

    stream_arn: str
    function: str
    batch_size: int
    enabled: bool


@dataclass(frozen=True, slots=True)
class TopicSource:
    """A topic that invokes a function. `wanted` is the filter policy, for the body or attributes."""

    topic_arn: str
    function: str
    wanted: Pattern | None = None
    by_body: bool = False


@dataclass(slots=True)
class Sources:
    """Reads all of them from one template."""

    template: Template
    problems: list[Problem] = field(default_factory=list)
    rules: list[Rule] = field(default_factory=list)
    schedules: list[Schedule] = field(default_factory=list)
    queues: list[QueueSource] = field(default_factory=list)
    streams: list[StreamSource] = field(default_factory=list)
    topics: list[TopicSource] = field(default_factory=list)
    places: dict[str, Location] = field(default_factory=dict)  # rule or schedule name → its place

    def read(self) -> Sources:
        for resource in self.template.of_type("AWS::Events::Rule"):
            self._rule(resource)
        for resource in self.template.of_type("AWS::Scheduler::Schedule"):
            self._schedule(resource)
        for resource in self.template.of_type("AWS::Lambda::EventSourceMapping"):
            self._mapping(resource)
        for resource in self.template.of_type("AWS::SNS::Subscription"):
            self._subscription(resource, resource.properties)
        for resource in self.template.of_type("AWS::SNS::Topic"):
            inline = resource.properties.get("Subscription")
            for item in inline if isinstance(inline, list) else ():
                if isinstance(item, dict):
                    self._subscription(resource, {**item, "TopicArn": resource.arn})
        return self

    def _report(
        self, code: str, message: str, resource: Resource, hint: str | None = None, *,
        warn: bool = False,
    ) -> None:  # fmt: skip
        severity = "warning" if warn else "error"
        problem = Problem(code, message, resource.location, hint, severity)  # type: ignore[arg-type]
        self.problems.append(problem)

    # --- rules ----------------------------------------------------------------------------------

    def _rule(self, resource: Resource) -> None:
        properties = resource.properties
        enabled = as_text(properties.get("State", "ENABLED")) != "DISABLED"
        self.places[resource.name] = resource.location
        listed = properties.get("Targets", [])
        targets = tuple(
            self._target(resource, item)
            for item in (listed if isinstance(listed, list) else [])
            if isinstance(item, dict)
        )
        pattern = self._pattern(resource, properties.get("EventPattern"))
        expression = properties.get("ScheduleExpression")
        if expression is not None:
            text = self._expression(resource, expression, rule=True)
            for target in targets:
                self.schedules.append(
                    Schedule(
                        resource.name, text, target, enabled,
                        arn=str(resource.arn), kind="rule", location=resource.location,
                    )
                )  # fmt: skip
        if pattern is not None:
            bus = as_text(properties.get("EventBusName") or "default").rpartition("/")[2]
            rule = Rule(resource.name, str(resource.arn), bus, pattern, targets, enabled=enabled)
            self.rules.append(rule)
        elif expression is None and properties.get("EventPattern") is None:
            self._report("PRJ070", "a rule needs EventPattern or ScheduleExpression", resource)

    def _pattern(self, resource: Resource, value: Json) -> Pattern | None:
        if value is None:
            return None
        try:
            return Pattern.parse(parse_json(value) if isinstance(value, str) else value)
        except (PatternError, ValueError) as error:
            place = self._near(
                resource, "Pattern", "EventPattern", "FilterPolicy", "FilterCriteria"
            )
            reason = error.reason if isinstance(error, PatternError) else str(error)
            message = f"the {place.pointer.rpartition('/')[2]} is not valid: {reason}"
            self.problems.append(Problem("PRJ071", message, place))
            return None

    def _near(self, resource: Resource, *keys: str) -> Location:
        """The property below the resource or the SAM event it was written in."""
        document = self.template.document
        base = resource.location.pointer or f"/Resources/{escape(resource.origin)}"
        for key in keys:
            pointer = f"{base}/Properties/{key}"
            if pointer in document.marks:
                return document.locate(pointer)
        return resource.location

    def _target(self, resource: Resource, item: dict[str, Json]) -> Target:
        for key in item:
            if key not in _TARGET_KEYS:
                message = f"the target parameter {key} is not supported and has no effect"
                self._report("PRJ072", message, resource, warn=True)
        return Target(
            as_text(item.get("Id")),
            as_text(item.get("Arn")),
            self._transform(resource, item),
            _dead_letter(item),
        )

    def _transform(self, resource: Resource, item: dict[str, Json]) -> Transform | None:
        given = [
            key for key in ("Input", "InputPath", "InputTransformer") if item.get(key) is not None
        ]
        if len(given) > 1:
            message = f"a target has one of {', '.join(given)}, not several"
            self._report("PRJ073", message, resource)
        if not given:
            return None
        value = item[given[0]]
        if given[0] == "Input":
            return Transform(self._json(resource, value), None, None, {})
        if given[0] == "InputPath":
            return self._sound(resource, Transform(UNSET, as_text(value), None, {}), given[0])
        transformer = value if isinstance(value, dict) else {}
        paths = transformer.get("InputPathsMap")
        names = {
            key: as_text(path) for key, path in (paths.items() if isinstance(paths, dict) else ())
        }
        found = Transform(UNSET, None, as_text(transformer.get("InputTemplate")), names)
        return self._sound(resource, found, given[0])

    def _sound(self, resource: Resource, transform: Transform, key: str) -> Transform:
        if (wrong := transform.problem()) is not None:
            self.problems.append(Problem("PRJ073", wrong, self._near(resource, key)))
        return transform

    def _json(self, resource: Resource, value: Json) -> Json:
        if not isinstance(value, str):
            return value
        try:
            return parse_json(value)
        except ValueError as error:
            place = self._near(resource, "Input")
            message = f"Input is not JSON: {error}"
            self.problems.append(Problem("PRJ073", message, place))
            return None

    # --- schedules ------------------------------------------------------------------------------

    def _expression(self, resource: Resource, value: Json, *, rule: bool) -> str:
        text = as_text(value)
        wrong = check_expression(text)
        if wrong is None and rule and text.startswith("at("):
            wrong = f"a rule has no instant such as '{text}'; AWS::Scheduler::Schedule has"
        if wrong is not None:
            place = self._near(resource, "Schedule", "ScheduleExpression")
            self.problems.append(Problem("PRJ074", wrong, place))
        return text

    def _schedule(self, resource: Resource) -> None:
        properties = resource.properties
        self.places[resource.name] = resource.location
        value = properties.get("Target")
        item = value if isinstance(value, dict) else {}
        for key in item:
            if key not in _SCHEDULE_TARGET_KEYS:
                message = f"the target parameter {key} is not supported and has no effect"
                self._report("PRJ072", message, resource, warn=True)
        transform = None
        if item.get("Input") is not None:
            transform = Transform(self._json(resource, item["Input"]), None, None, {})
        target = Target(resource.name, as_text(item.get("Arn")), transform, _dead_letter(item))
        timezone = as_text(properties.get("ScheduleExpressionTimezone") or "UTC")
        if (wrong := check_timezone(timezone)) is not None:
            place = self._near(resource, "ScheduleExpressionTimezone")
            self.problems.append(Problem("PRJ074", wrong, place))
        self.schedules.append(
            Schedule(
                resource.name,
                self._expression(resource, properties.get("ScheduleExpression"), rule=False),
                target,
                as_text(properties.get("State", "ENABLED")) != "DISABLED",
                timezone,
                str(resource.arn),
                "scheduler",
                resource.location,
            )
        )

    # --- queues, streams, topics ----------------------------------------------------------------

    def _mapping(self, resource: Resource) -> None:
        properties = resource.properties
        source = as_text(properties.get("EventSourceArn"))
        function = function_name(as_text(properties.get("FunctionName")))
        enabled = as_text(properties.get("Enabled", True)) != "false"
        service = source.split(":")[2] if source.count(":") >= 5 else ""
        if service == "dynamodb":
            # AWS: a stream's batch is 100 records unless given (docs).
            size = int(as_text(properties.get("BatchSize", 100)))
            self.streams.append(StreamSource(source, function, size, enabled))
            message = f"nothing reads the stream {source}; '{function}' is never invoked by it"
            hint = "let the scenario invoke the function, or write to a queue or bus"
            self._report("PRJ075", message, resource, hint, warn=True)
            return
        if service != "sqs":
            message = (
                f"the event source {source or 'without ARN'} has no stand-in; nothing polls it"
            )
            self._report("PRJ075", message, resource, warn=True)
            return
        responses = properties.get("FunctionResponseTypes")
        criteria = properties.get("FilterCriteria")
        filters = criteria.get("Filters") if isinstance(criteria, dict) else None
        self.queues.append(
            QueueSource(
                source,
                function,
                int(as_text(properties.get("BatchSize", 10))),
                int(as_text(properties.get("MaximumBatchingWindowInSeconds", 0))),
                isinstance(responses, list) and "ReportBatchItemFailures" in responses,
                enabled,
                tuple(
                    pattern
                    for item in (filters if isinstance(filters, list) else [])
                    if isinstance(item, dict)
                    and (pattern := self._pattern(resource, item.get("Pattern"))) is not None
                ),
            )
        )

    def _subscription(self, resource: Resource, item: Mapping[str, Json]) -> None:
        if item.get("Protocol") != "lambda":
            return
        self.topics.append(
            TopicSource(
                as_text(item.get("TopicArn")),
                function_name(as_text(item.get("Endpoint"))),
                self._pattern(resource, item.get("FilterPolicy")),
                item.get("FilterPolicyScope") == "MessageBody",
            )
        )


def _dead_letter(item: dict[str, Json]) -> str | None:
    config = item.get("DeadLetterConfig")
    arn = config.get("Arn") if isinstance(config, dict) else None
    return as_text(arn) if arn is not None else None


def function_name(text: str) -> str:
    """The function's name in a name or an ARN, version and alias left out."""
    parts = text.split(":")
    return parts[6] if len(parts) > 6 and parts[2] == "lambda" else parts[0]
