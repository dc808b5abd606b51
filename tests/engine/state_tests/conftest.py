"""Asking TestState, and small states to ask about."""

import json
from datetime import UTC, datetime

import pytest

from simulator.aws.models import Models
from simulator.engine import state_test
from simulator.engine.state_test_error import StateTestError

NOW = datetime(2026, 1, 1, tzinfo=UTC)
MODELS = Models()
TEXTS = {"error", "cause", "nextState", "status", "request", "response"}


def read(found):
    """An answer with its JSON texts read."""
    return {
        key: read(value)
        if key == "inspectionData"
        else json.loads(value)
        if isinstance(value, str) and key not in TEXTS
        else value
        for key, value in found.items()
    }


@pytest.fixture
def ask():
    """ask(definition, input, member=...) -> the answer, read; at the level DEBUG."""

    def make(definition, payload=None, *, apis=MODELS, tasks=None, **more):
        request = {
            "definition": definition if isinstance(definition, str) else json.dumps(definition),
            "inspectionLevel": "DEBUG",
            **more,
        }
        if payload is not None:
            request["input"] = json.dumps(payload)
        return read(state_test.test_state(request, apis=apis, tasks=tasks, now=NOW))

    return make


@pytest.fixture
def refused(ask):
    """As `ask`: code and message of the refusal."""

    def make(*arguments, **more):
        with pytest.raises(StateTestError) as caught:
            ask(*arguments, **more)
        return caught.value.code, caught.value.message

    return make


@pytest.fixture
def answering():
    """answering(result) is a TaskRunner that gives this result, and keeps the calls."""

    class Answering:
        def __init__(self, answer):
            self.answer = answer
            self.calls = []

        def run(self, call):
            self.calls.append(call)
            return self.answer

    return Answering
