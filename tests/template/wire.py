"""A world behind a socket: what `AWS_ENDPOINT_URL` of a container reaches.

Requests are read and answers written by moto's own protocol code; between them every call passes the
world's hook as a call of a handler in this process does: recorded, guarded, emulated, answered.
"""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any, Final
from urllib.parse import urlsplit

import boto3
from botocore.exceptions import ClientError
from botocore.handlers import json_decode_policies
from moto.core.parse import PROTOCOL_PARSERS
from moto.core.request import Request, determine_request_protocol
from moto.core.routing import get_service_router
from moto.core.serialize import get_serializer_class
from moto.core.utils import get_service_model

from simulator.aws.cloud import Cloud
from simulator.aws.http import exchange

# Whom a request is for: its signature names the key, the Region and the service.
_SIGNATURE: Final = re.compile(
    r"Credential=(?P<key>[^/]+)/\d+/(?P<region>[^/]+)/(?P<service>[^/]+)/"
)
# boto3's names where they differ from those that requests are signed for.
_SERVICES: Final = {
    "access-analyzer": "accessanalyzer",
    "execute-api": "apigatewaymanagementapi",
    "states": "stepfunctions",
}
_TICK_SECONDS: Final = 0.05
Answer = tuple[int, dict[str, str], bytes]


class Wire:
    """Listens at `address` until `close`; answers while `serve` runs, in the caller's thread."""

    def __init__(self, address: str) -> None:
        self._server = HTTPServer((address, 0), BaseHTTPRequestHandler)
        self._server.timeout = _TICK_SECONDS
        self.url = f"http://{address}:{self._server.server_port}"

    def serve(self, cloud: Cloud, ended: Callable[[], bool]) -> None:
        self._server.RequestHandlerClass = _handler(cloud)
        while not ended():
            self._server.handle_request()

    def close(self) -> None:
        self._server.server_close()

    def instead_of(self, url: str) -> str:
        """What stands for an outside address: "https://host/x" → "http://here/https/host/x"."""
        parts = urlsplit(url)
        return f"{self.url}/{parts.scheme}/{parts.netloc}{parts.path}"


def _handler(cloud: Cloud) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        timeout = 5  # a connection that says nothing must not stop the world

        def _answer(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
            signature = _SIGNATURE.search(self.headers.get("Authorization", ""))
            request = (self.command, self.path, dict(self.headers), body)
            if signature is None:
                status, headers, content = _outside(cloud, *request)
            else:
                status, headers, content = _aws(signature, *request)
            self.send_response(status)
            for name, value in {**headers, "Content-Length": str(len(content))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(content)

        do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = _answer  # noqa: N815 - their names

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - its name
            """Nothing: the calls are recorded by the world."""

    return Handler


def _outside(cloud: Cloud, method: str, path: str, headers: dict[str, str], body: bytes) -> Answer:
    scheme, _, rest = path.lstrip("/").partition("/")
    answer = exchange(cloud, method, f"{scheme}://{rest}", headers, body, None)
    return answer.status, dict(answer.headers), answer.body


def _aws(
    signature: re.Match[str], method: str, path: str, headers: dict[str, str], body: bytes
) -> Answer:
    key, region, signed = signature["key"], signature["region"], signature["service"]
    service = _SERVICES.get(signed, signed)
    if service == "apigatewaymanagementapi":
        path = f"/{path.lstrip('/').split('/', 3)[3]}"  # behind the scheme, the host and the stage
    request = Request.from_primitives(method, f"https://{service}.aws{path}", headers, body)
    model = get_service_model(service)
    operation, found = get_service_router(service).match(request)
    protocol = determine_request_protocol(model, request.content_type)
    parameters = PROTOCOL_PARSERS[protocol](operation).parse(
        {
            "method": request.method,
            "values": request.values,
            "headers": request.headers,
            "body": request.data,
            "url_path": request.path,
            "url_params": found,
        }
    )
    client: Any = boto3.client(
        service, region_name=region, aws_access_key_id=key, aws_secret_access_key=key
    )
    # Policies go over the wire as texts; boto3 reads them at once, at the other end too.
    client.meta.events.unregister("after-call.iam", json_decode_policies)
    try:
        result = client._make_api_call(str(operation.name), parameters)
    except ClientError as error:
        result = _Refusal(error)
    else:
        result = {name: _whole(value) for name, value in result.items()}
    written = get_serializer_class(service, protocol)(operation).serialize(result)
    content = written["body"]
    text = {name: str(value) for name, value in written["headers"].items()}
    return (
        int(written["status_code"]),
        text,
        content.encode() if isinstance(content, str) else content,
    )


def _whole(value: Any) -> Any:
    return value.read() if isinstance(value, io.IOBase) or hasattr(value, "iter_chunks") else value


class _Refusal(Exception):
    """An error as the serializer wants it; what else it carries are attributes of their own."""

    def __init__(self, error: ClientError) -> None:
        found: Any = error.response
        self.code, self.message = found["Error"]["Code"], found["Error"].get("Message", "")
        super().__init__(self.message)
        for name, value in found.items():
            if name not in ("Error", "ResponseMetadata"):
                setattr(self, name, value)
