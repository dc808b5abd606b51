"""What an audited execution tells beside its history: rules, retriers, catchers."""

from simulator.engine.execution import Choice
from simulator.engine.ports import Failure, Success

FUNCTION = "arn:aws:lambda:us-east-1:1:function:F"


def test_rules_retriers_and_catchers_are_told_apart_though_they_lead_to_one_state(play):
    rules = [{"Variable": "$.n", "NumericEquals": n, "Next": "T"} for n in (1, 2)]
    states = {
        "C": {"Type": "Choice", "Choices": rules, "Default": "T"},
        "T": {
            "Type": "Task",
            "Resource": FUNCTION,
            "Retry": [
                {"ErrorEquals": ["A"], "MaxAttempts": 1},
                {"ErrorEquals": ["B"], "MaxAttempts": 2},
            ],
            "Catch": [
                {"ErrorEquals": ["A"], "Next": "Z"},
                {"ErrorEquals": ["States.ALL"], "Next": "Z"},
            ],
            "Next": "Z",
        },
        "Z": {"Type": "Succeed"},
    }
    no = [Failure("B"), Failure("A"), Failure("A")]
    played = play(states, {"n": 2}, tasks={"T": no}, audit=True)
    assert played.run.choices == [
        Choice("rule", 2, 1),
        Choice("retry", 4, 1),
        Choice("retry", 4, 0),
        Choice("exhausted", 4, 0),
        Choice("catch", 4, 0),
    ]
    default = play(states, {"n": 3}, tasks={"T": [Success(1)]}, audit=True)
    assert default.run.choices == [Choice("rule", 2, -1)]
    assert play(states, {"n": 3}, tasks={"T": [Success(1)]}).run.choices is None


def test_an_audited_history_is_the_same_to_the_byte(play):
    states = {"C": {"Type": "Choice", "Choices": [
        {"Variable": "$", "IsNumeric": True, "Next": "Z"}]}, "Z": {"Type": "Succeed"}}  # fmt: skip
    assert play(states, 1, audit=True).lines == play(states, 1).lines
