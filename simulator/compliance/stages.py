"""What a stack for production may be given: no parameter that belongs to tests (6.5.6)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import product

from simulator.compliance.evidence import Evidence, Finding, table
from simulator.project.conditions import ConditionError, Conditions
from simulator.project.document import escape
from simulator.project.parameters import as_text, resolve_parameters
from simulator.project.template import Template
from simulator.values import Json


def no_test_values(evidence: Evidence) -> Iterator[Finding]:
    """Each test value is refused by AllowedValues, AllowedPattern or a rule once production is chosen."""
    known = evidence.declared
    stages = [
        dict(zip(known.production, values, strict=True))
        for values in product(*known.production.values())
    ]
    for template in evidence.templates:
        written = table(template.document.value.get("Parameters"))
        for stage in stages:
            if not stage or not set(stage) <= set(written):
                continue
            chosen = ", ".join(f"{name} {value}" for name, value in stage.items())
            for name in sorted(set(known.test_values) & set(written)):
                for value in known.test_values[name]:
                    why = _refused(template, {**stage, name: value})
                    yield Finding(
                        f"{name}={value}", bool(why),
                        f"is refused for {chosen}: {why}" if why else f"can be chosen for {chosen}",
                        template.document.locate(f"/Parameters/{escape(name)}"),
                    )  # fmt: skip


def _refused(template: Template, given: Mapping[str, Json]) -> str:
    """What CloudFormation would say to these parameters; "" when it takes them."""
    values, problems = resolve_parameters(template.document, given)
    for problem in problems:
        if problem.severity == "error" and problem.code != "PRJ012":
            return problem.message
    rules = _Rules(values, table(template.document.value.get("Conditions")))
    for name, body in table(template.document.value.get("Rules")).items():
        condition = table(body).get("RuleCondition")
        if condition is not None and not rules.holds(condition):
            continue
        assertions = table(body).get("Assertions")
        for assertion in map(table, assertions if isinstance(assertions, list) else ()):
            if not rules.holds(assertion.get("Assert")):
                return str(assertion.get("AssertDescription", f"the rule {name}"))
    return ""


class _Rules:
    """Conditions, and what only rules may ask besides. What cannot be decided refuses nothing."""

    def __init__(self, values: Mapping[str, Json], section: Mapping[str, Json]) -> None:
        self._values = values
        self._conditions = Conditions(section, self._value)

    def _value(self, value: Json) -> Json:
        if isinstance(value, dict) and set(value) == {"Ref"}:
            return self._values.get(str(value["Ref"]), value)
        return value

    def holds(self, body: Json) -> bool:
        try:
            return self._holds(body)
        except ConditionError:
            return True

    def _holds(self, body: Json) -> bool:
        [(function, argument)] = body.items() if isinstance(body, dict) else [("", None)]
        sides = argument if isinstance(argument, list) else []
        if function in ("Fn::Contains", "Fn::EachMemberIn") and len(sides) == 2:
            among, asked = sides if function == "Fn::Contains" else reversed(sides)
            allowed = {as_text(item) for item in self._list(among)}
            return {as_text(item) for item in self._list(asked)} <= allowed
        if function in ("Fn::And", "Fn::Or"):
            held = [self._holds(side) for side in sides]
            return all(held) if function == "Fn::And" else any(held)
        if function == "Fn::Not" and len(sides) == 1:
            return not self._holds(sides[0])
        return self._conditions.evaluate(body)

    def _list(self, value: Json) -> list[Json]:
        found = self._value(value)
        return found if isinstance(found, list) else [found]
