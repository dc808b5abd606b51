"""Input, InputPath and InputTransformer."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from simulator.events.transform import Transform, TransformError, read_path
from simulator.values import Json

NOW = datetime(2026, 3, 1, 8, 30, 5, 250000, tzinfo=UTC)
EVENT: Json = {
    "detail-type": "Payment",
    "source": "shop",
    "detail": {"id": "p-1", "text": 'say "hi"', "n": 3, "items": [{"a": 1}, {"a": 2}], "ok": True},
}
KNOWN = " EventBridge knows names, indexes and * only: $.detail.items[0].id"
MEANT = "; did you mean 'id'?"
WHOLE = "<aws.events.event.json>"


def apply(transform: Transform) -> Json:
    return transform.apply(EVENT, rule_arn="arn:rule", rule_name="big", now=NOW)


def template(text: str, **paths: str) -> Json:
    return apply(Transform(None, None, text, paths))


def test_a_constant_input_is_delivered_as_it_is() -> None:
    assert apply(Transform({"a": 1}, None, None)) == {"a": 1}


def test_an_input_path_picks_a_part() -> None:
    assert apply(Transform("unset", "$.detail.items[1]", None)) == {"a": 2}
    assert apply(Transform("unset", "$.detail.none", None)) is None


def test_a_json_template_takes_values_of_every_type() -> None:
    text = '{"id": <id>, "n": <n>, "all": <items>, "ok": <ok>, "no": <no>, "said": <said>}'
    assert template(
        text, id="$.detail.id", n="$.detail.n", items="$.detail.items[*].a",
        ok="$.detail.ok", no="$.detail.none", said="$.detail.text",
    ) == {
        "id": "p-1", "n": 3, "all": [1, 2], "ok": True, "no": "", "said": 'say "hi"',
    }  # fmt: skip


def test_values_inside_texts_stay_json() -> None:
    assert template(
        '{"text": "payment <id> of <n>: <said>"}',
        id="$.detail.id",
        n="$.detail.n",
        said="$.detail.text",
    ) == {"text": 'payment p-1 of 3: say "hi"'}


def test_a_text_template_gives_a_text_and_objects_lose_their_quotes() -> None:
    assert template('"payment <id> has <items>"', id="$.detail.id", items="$.detail.items") == (
        "payment p-1 has [{a:1},{a:2}]"
    )
    assert template('"one <id>"\n"two \\"<id>\\""\n', id="$.detail.id") == 'one p-1\ntwo "p-1"'


def test_reserved_names_tell_of_the_rule_and_the_event() -> None:
    text = (
        '{"arn": <aws.events.rule-arn>, "rule": "<aws.events.rule-name>",'
        ' "at": <aws.events.event.ingestion-time>, "bare": <aws.events.event>, "all": '
        + WHOLE
        + "}"
    )
    assert isinstance(EVENT, dict)
    assert template(text) == {
        "arn": "arn:rule",
        "rule": "big",
        "at": "2026-03-01T08:30:05.250Z",
        "bare": {"detail-type": "Payment", "source": "shop"},
        "all": EVENT,
    }


def test_a_lone_placeholder_is_a_template() -> None:
    assert template("<detail>", detail="$.detail.items") == [{"a": 1}, {"a": 2}]


@pytest.mark.parametrize(
    ("path", "found"),
    [
        ("$", [EVENT]),
        ("$.detail-type", ["Payment"]),
        ("$['detail']['id']", ["p-1"]),
        ("$.detail.items[0].a", [1]),
        ("$.detail.items[7]", []),
        ("$.source.x", []),
        ("$.detail.items[*]", [[{"a": 1}, {"a": 2}]]),
    ],
)
def test_a_path_finds_this(path: str, found: list[Json]) -> None:
    assert read_path(EVENT, path) == found


@pytest.mark.parametrize(
    ("transform", "problem"),
    [
        (Transform(None, None, '{"a": <id>}', {"id": "$.id"}), None),
        (Transform(1, None, None), None),
        (Transform(None, "detail", None), "the path 'detail' must start with '$'"),
        (
            Transform(None, "$.a[?(@.b)]", None),
            "the path '$.a[?(@.b)]' cannot be read from '[?(@.b)]' on;" + KNOWN,
        ),
        (
            Transform(None, None, '"<iid>"', {"id": "$.id"}),
            "the input template uses <iid>, which is no name of the input paths map" + MEANT,
        ),
        (
            Transform(None, None, "<aws.x>", {"aws.x": "$.x"}),
            "the name 'aws.x' of the input paths map is reserved",
        ),
    ],
)
def test_a_transform_tells_what_is_wrong_with_it(transform: Transform, problem: str | None) -> None:
    assert transform.problem() == problem


def test_a_template_that_gives_no_json_is_refused() -> None:
    with pytest.raises(TransformError, match='"Hello <id>" does not give JSON'):
        template("Hello <id>", id="$.detail.id")
