"""Whether what rules, schedules and sources lead to exists in the template."""

from __future__ import annotations

from collections.abc import Iterator

from simulator.events.router import Target
from simulator.problems import Location, Problem, did_you_mean
from simulator.project.rules import Sources
from simulator.project.template import Template

_SERVICES = frozenset({"events", "lambda", "logs", "sns", "sqs", "states"})
_FUNCTION_PARTS = 7  # arn:aws:lambda:region:account:function:name; a version or alias follows


def check_targets(template: Template, sources: Sources) -> list[Problem]:
    known = _known(template)
    wanted = [
        *((rule.name, target) for rule in sources.rules for target in rule.targets),
        *((schedule.name, schedule.target) for schedule in sources.schedules),
    ]
    problems = [
        problem
        for name, target in wanted
        for problem in _target(name, target, sources.places.get(name), template, known)
    ]
    return problems + list(_polled(template, sources, known))


def _known(template: Template) -> dict[str, str]:
    """ARN → logical id, without what may follow it."""
    found = {}
    for resource in template.resources.values():
        if resource.arn is not None:
            found[_plain(resource.arn)] = resource.logical_id
    place = template.place
    arn = f"arn:{place.partition}:events:{place.region}:{place.account}:event-bus/default"
    found[arn] = "default"
    return found


def _plain(arn: str) -> str:
    """Without a function's version or alias and a log group's `:*`."""
    parts = arn.split(":")
    if len(parts) > _FUNCTION_PARTS and parts[2] == "lambda":
        return ":".join(parts[:_FUNCTION_PARTS])
    return arn.removesuffix(":*")


def _target(
    name: str, target: Target, place: Location | None, template: Template, known: dict[str, str]
) -> Iterator[Problem]:
    where = place or Location(template.path)
    for arn, what in ((target.arn, "target"), (target.dead_letter_arn, "dead letter queue")):
        if arn is None or _plain(arn) in known:
            continue
        parts = arn.split(":")
        if len(parts) > 2 and parts[2] not in _SERVICES:
            message = f"'{name}': nothing stands in for the {what} {arn}; it receives nothing"
            yield Problem("PRJ077", message, where, None, "warning")
        else:
            message = f"'{name}': its {what} '{arn}' does not exist in the template"
            hint = did_you_mean(arn, known) or "refer to a resource with Ref or Fn::GetAtt"
            yield Problem("PRJ076", message, where, hint)


def _polled(template: Template, sources: Sources, known: dict[str, str]) -> Iterator[Problem]:
    functions = {item.name for item in template.of_type("AWS::Lambda::Function")}
    listed = [
        *((source.queue_arn, source.function) for source in sources.queues),
        *((source.stream_arn, source.function) for source in sources.streams),
        *((source.topic_arn, source.function) for source in sources.topics),
    ]
    streams = {
        str(resource.arn).rpartition(":")[2]
        for resource in template.of_type("AWS::DynamoDB::Table")
    }
    for arn, function in listed:
        # A stream's name ends in a time with colons: arn:aws:dynamodb:...:table/T/stream/...00:00.000
        table = arn.split(":", 5)[-1].partition("/stream/")[0]
        if arn not in known and table not in streams:
            message = f"the source '{arn}' of '{function}' does not exist in the template"
            yield Problem("PRJ076", message, _place(template, arn), did_you_mean(arn, known))
        if function not in functions:
            message = f"'{arn}' is to invoke the function '{function}', which does not exist"
            hint = did_you_mean(function, functions)
            yield Problem("PRJ076", message, _place(template, function), hint)


def _place(template: Template, word: str) -> Location:
    """The resource that names it."""
    for resource in template.of_type(
        "AWS::Lambda::EventSourceMapping", "AWS::SNS::Subscription", "AWS::SNS::Topic"
    ):
        if word and word in str(dict(resource.properties)):
            return resource.location
    return Location(template.path)
