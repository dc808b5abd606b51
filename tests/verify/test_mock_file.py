"""Step Functions Local's mock file: answers by number, wrong files told."""

import copy

import pytest

from simulator.engine.ports import Failure, Success
from simulator.errors import UsageError
from simulator.verify.mock_file import mocked_states

CONFIG = {
    "StateMachines": {"orders": {"TestCases": {"Retry": {"Charge": "busy"}, "Nothing": {}}}},
    "MockedResponses": {
        "busy": {
            "3": {"Return": {"id": 7}},
            "0": {"Throw": {"Error": "Busy", "Cause": "first"}},
            "1-2": {"Throw": {"Error": "Busy", "Cause": "later"}},
        }
    },
}


def test_answers_go_by_the_number_of_the_call():
    charge = mocked_states(CONFIG, "orders", "Retry")["Charge"]
    assert [charge.answer(number) for number in range(5)] == [
        Failure("Busy", "first"),
        Failure("Busy", "later"),
        Failure("Busy", "later"),
        Success({"id": 7}),
        None,
    ]
    assert charge.length == 4


def test_a_test_case_may_mock_nothing():
    assert mocked_states(CONFIG, "orders", "Nothing") == {}


def wrong(**responses):
    config = copy.deepcopy(CONFIG)
    config["MockedResponses"]["busy"] = responses
    return config


@pytest.mark.parametrize(
    ("config", "message"),
    [
        ([], "the mock file has no object 'StateMachines'"),
        ({"StateMachines": {}}, "the mock file has no state machine 'orders'"),
        (
            {"StateMachines": {"order": {}}},
            "the mock file has no state machine 'orders'; did you mean 'order'?",
        ),
        ({"StateMachines": {"orders": {}}}, "'orders' has no object 'TestCases'"),
        ({**CONFIG, "MockedResponses": {}}, "the mock file has no response 'busy'"),
        (wrong(first={}), "the mocked response 'busy' has the key 'first'; it may be 0 or 1-2"),
        (
            wrong(**{"1": {"Return": 1}}),
            "the mocked response 'busy' has no answer number 0, or two",
        ),
        (
            wrong(**{"0-1": {"Return": 1}, "1": {"Return": 1}}),
            "the mocked response 'busy' has no answer number 2, or two",
        ),
        (wrong(**{"0": {}}), "the mocked response 'busy', 0 needs either Return or Throw"),
        (
            wrong(**{"0": {"Return": 1, "Throw": {}}}),
            "the mocked response 'busy', 0 needs either Return or Throw",
        ),
        (
            wrong(**{"0": {"Throw": {"Error": "E"}}}),
            "Throw of the mocked response 'busy', 0 needs the texts Error and Cause",
        ),
    ],
)
def test_a_wrong_file_is_told(config, message):
    with pytest.raises(UsageError) as told:
        mocked_states(config, "orders", "Retry")
    assert str(told.value).startswith(message)


def test_an_unknown_test_case_is_told():
    with pytest.raises(UsageError, match="no test case of 'orders' 'Retri'; did you mean 'Retry'"):
        mocked_states(CONFIG, "orders", "Retri")
