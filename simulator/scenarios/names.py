"""What scenarios name and the project does not have: found before the first one runs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from simulator.asl.graph import all_states
from simulator.aws.naming import check_call
from simulator.errors import UsageError
from simulator.problems import Location, Problem, did_you_mean, in_order
from simulator.project.project import Project
from simulator.scenarios.scenario import Scenario, Step
from simulator.scenarios.vocabulary import Vocabulary, scenario_workflow
from simulator.scenarios.words import escaped

_TABLES = ("AWS::DynamoDB::Table", "AWS::DynamoDB::GlobalTable")


def named(word: str, names: Iterable[str]) -> str | None:
    """The physical name that a scenario means: itself, or what the stack's name stands before."""
    known = sorted(names)
    if word in known:
        return word
    return next((name for name in known if name.endswith(f"-{word}")), None)


def table_named(project: Project, word: str) -> str | None:
    """The physical name of the table that a fault means: by its logical id, name or ARN."""
    names = {
        resource.logical_id: resource.name
        for part in reversed(project.parts)
        for resource in part.template.of_type(*_TABLES)
    }
    name = word.partition(":table/")[2].partition("/")[0] or word
    return names.get(name) or named(name, names.values())


def hint_among(word: str, names: Iterable[str], what: str) -> str:
    """A near name, with or without the stack's name before it; or all names."""
    known = sorted(names)
    short = [name.partition("-")[2] for name in known if "-" in name]
    listed = f"{what}: {', '.join(known) or 'none'}"
    return did_you_mean(word, known) or did_you_mean(word, short) or listed


def unknown_names(
    project: Project, scenarios: Iterable[Scenario], vocabulary: Vocabulary
) -> list[Problem]:
    """Workflows, states, functions, schedules (SCN013), APIs of other accounts (SCN015), by place."""
    found: list[Problem] = []
    for scenario in scenarios:
        if scenario.workflow is not None:
            place = scenario.place("/workflow")
            found += _workflow(project, scenario.workflow, vocabulary, place)
        found += _givens(project, scenario)
        started = (scenario.expect or {}).get("executions_started")
        for word in started if isinstance(started, dict) else ():
            place = scenario.place("/expect/executions_started")
            found += _workflow(project, word, vocabulary, place)
        found += _calls(scenario)
        for step in scenario.steps:
            if step.kind not in vocabulary.steps:
                found += _step(project, step, vocabulary)
    return in_order(found)


def _calls(scenario: Scenario) -> Iterator[Problem]:
    """API calls that nobody can make: a forbidden one would pass for ever."""
    expect = scenario.expect or {}
    named: list[tuple[str, str, str]] = []  # pointer, client, operation
    for key in ("api_calls", "api_calls_forbidden"):
        entries = expect.get(key)
        for index, entry in enumerate(entries if isinstance(entries, list) else []):
            if isinstance(entry, dict):
                service, operation = entry.get("service"), entry.get("operation")
                named.append((f"/expect/{key}/{index}", str(service), str(operation)))
    counts = expect.get("api_call_counts")
    for name in counts if isinstance(counts, dict) else ():
        service, _, operation = name.partition(":")
        named.append((f"/expect/api_call_counts/{escaped(name)}", service, operation))
    for index, fault in enumerate(scenario.faults):
        if "service" in fault:
            pointer = f"/given/faults/{index}"
            named.append((pointer, str(fault["service"]), str(fault.get("operation"))))
    for pointer, service, operation in named:
        try:
            check_call(service, operation)
        except UsageError as error:
            yield Problem("SCN013", str(error), scenario.place(pointer))


def _givens(project: Project, scenario: Scenario) -> Iterator[Problem]:
    """Functions and tables of faults, and states of scripted results."""
    parts = project.parts
    functions = [item.logical_id for part in parts for item in part.functions.values()]
    for index, fault in enumerate(scenario.faults):
        word = fault.get("function")
        if isinstance(word, str) and word not in functions:
            hint = hint_among(word, functions, "functions")
            place = scenario.place(f"/given/faults/{index}")
            yield Problem("SCN013", f"the template has no function '{word}'", place, hint)
        table = fault.get("table")
        if isinstance(table, str) and table_named(project, table) is None:
            tables = [item.logical_id for part in parts for item in part.template.of_type(*_TABLES)]
            hint = hint_among(table, tables, "tables")
            place = scenario.place(f"/given/faults/{index}")
            yield Problem("SCN013", f"the template has no table '{table}'", place, hint)
    if scenario.mocks:
        workflows = [item for part in parts for item in part.workflows.values()]
        states = {state.name for item in workflows for state in all_states(item.machine)}
        for key in scenario.mocks:
            if not any(key == name or key.endswith(f"/{name}") for name in states):
                place = scenario.place(f"/given/mocks/{escaped(key)}")
                near = did_you_mean(key.rpartition("/")[2], states)
                yield Problem("SCN013", f"no workflow has the state '{key}'", place, near)


def _workflow(
    project: Project, word: str, vocabulary: Vocabulary, place: Location
) -> Iterator[Problem]:
    if vocabulary.workflows.get(word, word) is None:
        return  # such scenarios have no state machine
    try:
        project.workflow(scenario_workflow(vocabulary, word) or word)
    except UsageError as error:
        near = did_you_mean(word, vocabulary.workflows)
        yield Problem("SCN013", str(error), place, near)


def _step(project: Project, step: Step, vocabulary: Vocabulary) -> Iterator[Problem]:
    if step.kind == "start" and "workflow" in step.body:
        yield from _workflow(project, str(step.body["workflow"]), vocabulary, step.location)
    elif step.kind == "schedule":
        known = [schedule.name for part in project.parts for schedule in part.schedules]
        rule = str(step.body["rule"])
        if named(rule, known) is None:
            hint = hint_among(rule, known, "schedules")
            yield Problem("SCN013", f"the template has no schedule '{rule}'", step.location, hint)
    elif step.kind == "http":
        account = step.body.get("account")
        accounts = sorted({part.account for part in project.parts})
        if account is not None and account not in accounts:
            message = f"the API of account {account} cannot be asked: no stack is deployed there"
            hint = f"accounts: {', '.join(accounts)}; more by [[tool.simulator.stacks]]"
            yield Problem("SCN015", message, step.location, hint)
