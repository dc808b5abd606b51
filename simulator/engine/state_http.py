"""What TestState shows of an HTTP Task's request and response, at the level TRACE."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Protocol, runtime_checkable
from urllib.parse import quote, urlencode, urlsplit

from simulator.engine.ports import Failure, Success, TaskCall
from simulator.values import Json, compact

_FAILED: Final = "States.Http.StatusCode."


@dataclass(frozen=True, slots=True)
class Exchange:
    """One HTTP request and its response as TestState's `request` and `response`: texts all of them."""

    request: Mapping[str, Json]
    response: Mapping[str, Json]


@runtime_checkable
class ShowsExchange(Protocol):
    """A TaskRunner that knows what it sent, with what the connection adds when `reveal` is true.

    Without `reveal` the connection's headers, parameters and body parts are left out (docs).
    """

    def exchange(self, call: TaskCall, *, reveal: bool) -> Exchange | None: ...


def exchange_of(call: TaskCall, result: Success | Failure, region: str) -> Exchange:
    """From what the state sent and got: without what a connection adds (guess: the forms)."""
    sent = call.payload if isinstance(call.payload, dict) else {}
    url = str(sent.get("ApiEndpoint", ""))
    protocol = urlsplit(url).scheme or "https"
    query = sent.get("QueryParameters")
    if isinstance(query, dict) and query:
        url = f"{url}?{urlencode(query, doseq=True, quote_via=quote)}"
    headers: dict[str, Json] = dict(given) if isinstance(given := sent.get("Headers"), dict) else {}
    headers["User-Agent"] = f"Amazon|StepFunctions|HttpInvoke|{region}"
    headers["Range"] = "bytes=0-262144"
    request: dict[str, Json] = {
        "protocol": protocol,
        "method": str(sent.get("Method", "")),
        "url": url,
        "headers": _headers(headers),
    }
    if "RequestBody" in sent:
        request["body"] = _body(sent["RequestBody"])
    return Exchange(request, _response(protocol, result))


def _response(protocol: str, result: Success | Failure) -> dict[str, Json]:
    if isinstance(result, Failure):
        if not (result.error or "").startswith(_FAILED):
            return {}  # nothing came back
        status = (result.error or "").removeprefix(_FAILED)
        return {"protocol": protocol, "statusCode": status, "body": result.cause or ""}
    got = result.output if isinstance(result.output, dict) else {}
    headers = got.get("Headers")
    return {
        "protocol": protocol,
        "statusCode": str(got.get("StatusCode", "")),
        "statusMessage": str(got.get("StatusText", "")),
        "headers": _headers(headers if isinstance(headers, dict) else {}),
        "body": _body(got.get("ResponseBody", "")),
    }


def _headers(headers: Mapping[str, Json]) -> str:
    """[name: value, name: value] (docs)."""
    shown = []
    for name, value in headers.items():
        values = value if isinstance(value, list) else [value]
        shown += [f"{name}: {_body(item)}" for item in values]
    return f"[{', '.join(shown)}]"


def _body(value: Json) -> str:
    return value if isinstance(value, str) else compact(value)
