"""Every function of every template has an event file, and answers it as tests/events/answers.yaml says.

`sam local invoke` gives functions the same files: tests/template/test_local_invoke.py.
"""

from __future__ import annotations

import json

import pytest

from tests.template.conftest import every_stack
from tests.template.invocations import EVENTS, Case, cases, here


def test_every_function_has_an_event_and_every_event_a_function():
    functions = {name for stack in every_stack() for name in stack.of("AWS::Lambda::Function")}
    table = cases()

    assert {case.function for case in table} == functions
    assert {case.event for case in table} == {file.stem for file in EVENTS.glob("*.json")}


@pytest.mark.parametrize("case", cases(), ids=lambda case: case.event)
def test_a_function_answers_its_event(case: Case):
    done = here(case)

    assert json.loads(case.file.read_text()) == done.event
    assert (done.answer, done.error) == (case.answer, case.error)
