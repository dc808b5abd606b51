"""Values of a recording and ours: placeholders, JSON texts, numbers, what differs in every run."""

import pytest

from simulator.verify.matching import Fresh, Matcher, Placeholders

UUIDS = ("3f2b0f0e-0000-4000-8000-00000000000a", "3f2b0f0e-0000-4000-8000-00000000000b")


def same(expected, got, *, text=False, fresh=None, **placeholders):
    return Matcher(Placeholders.of(placeholders), fresh).same(expected, got, "$", text=text)


@pytest.mark.parametrize(
    ("expected", "got", "result"),
    [
        (1, 1.0, True),
        (0.1 + 0.2, 0.3, True),
        (1, 2, False),
        (10**20, 10**20 + 1, False),
        (10**400, 10**400, True),
        (10**400, 1.5, False),
        (0.5, 10**400, False),
        (True, 1, False),
        (1, True, False),
        (None, None, True),
        (None, False, False),
        ("1", 1, False),
        ({"a": 1, "b": 2}, {"b": 2, "a": 1}, True),
        ({"a": 1}, {"a": 1, "b": 2}, False),
        ([1, 2], [2, 1], False),
        ([1], [1, 2], False),
        ({"a": [1, {"b": None}]}, '{"a":[1,{"b":null}]}', True),
        ({"a": 1}, "not JSON", False),
        ({"a": 1}, '{"a": NaN}', False),
        ("x", ["x"], False),
    ],
)
def test_values_are_equal_as_json(expected, got, result):
    assert same(expected, got) is result


@pytest.mark.parametrize(
    ("expected", "got", "result"),
    [
        ("[1,2]", "[1, 2]", True),
        ("[1,2]", [1, 2], True),
        ({"a": 1}, '{"a": 1}', True),
        (3, "3", True),
        (None, "null", True),
        ('"a"', '"a"', True),
        ('"a"', '"b"', False),
        ("[1]", "[2]", False),
        ("plain", "plain", True),
        ("plain", "[1]", False),
        ("[1]", "plain", False),
        (7, "plain", False),
    ],
)
def test_json_texts_are_compared_as_values(expected, got, result):
    assert same(expected, got, text=True) is result


def test_a_whole_value_may_be_replaced():
    assert same("body", {"any": "thing"}, value_tokens=["body"])
    assert not same("a body", "a thing", value_tokens=["body"])


def test_a_reference_is_the_same_text_everywhere():
    matcher = Matcher(Placeholders.of({"ref_tokens": ["<id:1>", "<id:2>"]}))
    assert matcher.same("job <id:1> of <id:2>", "job 17 of 4", "$")
    assert matcher.same({"id": "<id:1>"}, {"id": "17"}, "$")
    assert not matcher.same("<id:2>", "17", "$.place")
    assert [str(one) for one in matcher.differences] == ['$.place: expected "<id:2>", got "17"']


def test_a_reference_stands_for_one_text_within_a_text():
    assert same("<a>-<a>", "x-x", ref_tokens=["<a>"])
    assert not same("<a>-<a>", "x-y", ref_tokens=["<a>"])


def test_a_text_that_does_not_fit_teaches_nothing():
    matcher = Matcher(Placeholders.of({"ref_tokens": ["<a>"]}))
    assert not matcher.same("<a>!", "x", "$")
    assert matcher.same("<a>", "y", "$")


def test_anything_and_shapes_and_dates():
    given = {
        "any_tokens": ["<part>"],
        "regex_tokens": {"ip": "ip-[0-9-]+", "odd": "(?<=x)y", "bad": "["},
        "iso_date_token": "date",
    }
    assert same("arn:<part>:<part>", "arn:one:two", **given)
    assert same("host ip", "host ip-10-2", **given)
    assert not same("host ip", "host 10-2", **given)
    assert same("odd bad", "any thing", **given)
    assert same("on date", "on 2024-05-06T07:08:09.123Z", **given)
    assert same("update", "update", **given)
    assert not same("on date", "on Monday", **given)


def test_no_more_differences_are_kept_than_people_read():
    matcher = Matcher(Placeholders())
    assert not matcher.same(list(range(100)), list(range(1, 101)), "$")
    assert len(matcher.differences) == 20


# -- what our own run makes up -----------------------------------------------------------------


def test_a_uuid_of_our_own_may_be_another_one():
    fresh = Fresh("nothing", ())
    assert same(UUIDS[0], UUIDS[1], fresh=fresh)
    assert same(f"run {UUIDS[0]}!", f"run {UUIDS[1]}!", fresh=fresh)
    assert not same("run", f"run {UUIDS[1]}", fresh=fresh)


def test_a_uuid_that_was_recorded_is_data():
    assert not same(UUIDS[0], UUIDS[1], fresh=Fresh(f"input {UUIDS[1]}", ()))


def test_times_of_our_own_may_be_others():
    fresh = Fresh("nothing", ())
    assert same("2026-01-01T00:00:00.611Z", "2026-01-01T00:00:00Z", fresh=fresh)
    assert not same("tomorrow", "2026-01-01T00:00:00Z", fresh=fresh)


def test_a_time_that_was_recorded_is_data():
    recorded = "due 2026-01-01T00:00:00Z"
    assert not same("2027-01-01T00:00:00Z", "2026-01-01T00:00:00Z", fresh=Fresh(recorded, ()))


def test_the_number_of_an_event_in_a_cause_depends_on_the_interleaving():
    cause = "An error occurred while executing the state 'A' (entered at the event id #{}). Why."
    fresh = Fresh("", ())
    assert same(cause.format(12), cause.format(9), fresh=fresh)
    assert not same(cause.format("x"), cause.format(9), fresh=fresh)


def test_task_tokens_and_substitutions_stand_for_anything():
    fresh = Fresh("", ["AQC+/="])
    assert same("token=abc;", "token=AQC+/=;", fresh=fresh)
    assert same("arn:aws:lambda:x:1:function:f", "${ChargeFunction}", fresh=fresh)
    assert not same("token=abc", "other=AQC+/=", fresh=fresh)


def test_arns_of_one_service_are_equal_in_another_environment():
    there = "arn:aws:lambda:eu-west-1:1:function:a"
    assert same(there, "arn:aws:lambda:us-east-1:2:function:b", fresh=Fresh("", (), arns=True))
    assert not same(there, "arn:aws:sqs:us-east-1:2:q", fresh=Fresh("", (), arns=True))
    assert not same(there, "arn:aws:lambda:us-east-1:2:function:b", fresh=Fresh("", ()))
