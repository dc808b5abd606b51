"""HTTP routes of a template's APIs, read from the OpenAPI bodies that the SAM transform writes."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal

from simulator.errors import SourceError
from simulator.problems import Location, Problem
from simulator.project.document import Document, escape
from simulator.project.parameters import as_text
from simulator.project.template import Resource, Template
from simulator.values import Json

_METHODS = {
    "delete", "get", "head", "options", "patch", "post", "put", "x-amazon-apigateway-any-method",
}  # fmt: skip
_LAMBDA = re.compile(r":lambda:path/[^/]+/functions/(?P<arn>.+)/invocations$")
_STATES = re.compile(r":states:action/(?P<action>\w+)$")
_MACHINE = re.compile(r"arn:[\w-]+:states:[\w-]+:\d{12}:stateMachine:[^\"'\\\s]+")
_FUNCTION = re.compile(r"arn:[\w-]+:lambda:[\w-]+:\d{12}:function:[^\"'\\\s/]+")

_UNRESOLVED = re.compile(r"<(Ref|Fn::\w+)>")


@dataclass(frozen=True, slots=True)
class Route:
    """`action` is set when the API starts a state machine: StartExecution, StartSyncExecution.

    `template` is then the request template that makes its arguments.
    """

    method: str  # "GET", or "ANY"
    path: str  # "/payments/{id}", or "$default"
    target_arn: str
    kind: Literal["REST", "HTTP"]
    authorizer: bool
    action: str | None = None
    template: str | None = None
    payload_version: str = "1.0"
    api: str = ""
    stage: str = ""
    location: Location | None = None


@dataclass(slots=True)
class Routes:
    template: Template
    problems: list[Problem] = field(default_factory=list)

    def read(self) -> list[Route]:
        found: list[Route] = []
        for resource in self.template.of_type("AWS::ApiGateway::RestApi"):
            found += self._api(resource, "REST")
        for resource in self.template.of_type("AWS::ApiGatewayV2::Api"):
            if resource.properties.get("ProtocolType") != "WEBSOCKET":
                found += self._api(resource, "HTTP")
        for kind in ("AWS::ApiGateway::Method", "AWS::ApiGatewayV2::Route"):
            for resource in self.template.of_type(kind)[:1]:
                if not self._is_websocket(resource):
                    message = f"{kind} is not read as a route"
                    hint = "write AWS::Serverless::Api or HttpApi, or a Body with OpenAPI paths"
                    self._report("PRJ080", message, resource, hint)
        return found

    def _is_websocket(self, resource: Resource) -> bool:
        api = as_text(resource.properties.get("ApiId"))
        return any(
            item.physical_id == api and item.properties.get("ProtocolType") == "WEBSOCKET"
            for item in self.template.of_type("AWS::ApiGatewayV2::Api")
        )

    def _report(self, code: str, message: str, resource: Resource, hint: str | None = None) -> None:
        self.problems.append(Problem(code, message, resource.location, hint, "warning"))

    def _api(self, resource: Resource, kind: Literal["REST", "HTTP"]) -> Iterator[Route]:
        body = self._body(resource)
        paths = body.get("paths") if isinstance(body, dict) else None
        default = body.get("security") if isinstance(body, dict) else None
        stage = self._stage(resource)
        for path, methods in paths.items() if isinstance(paths, dict) else ():
            for method, operation in methods.items() if isinstance(methods, dict) else ():
                if method in _METHODS and isinstance(operation, dict):
                    route = self._route(
                        resource, kind, path, method, {"security": default, **operation}
                    )
                    if route is not None:
                        yield self._at(route, stage)

    def _at(self, route: Route, stage: str) -> Route:
        place = self._place(route) or route.location
        return Route(
            route.method, route.path, route.target_arn, route.kind, route.authorizer, route.action,
            route.template, route.payload_version, route.api, stage, place,
        )  # fmt: skip

    def _place(self, route: Route) -> Location | None:
        """The SAM event that this route was written as."""
        resources = self.template.document.value.get("Resources")
        for name, body in resources.items() if isinstance(resources, dict) else ():
            properties = body.get("Properties") if isinstance(body, dict) else None
            events = properties.get("Events") if isinstance(properties, dict) else None
            for event, item in events.items() if isinstance(events, dict) else ():
                details = item.get("Properties") if isinstance(item, dict) else None
                if not isinstance(details, dict) or details.get("Path") != route.path:
                    continue
                if as_text(details.get("Method")).upper() == route.method:
                    return self.template.locate(name, f"/Properties/Events/{escape(event)}")
        return None

    def _body(self, resource: Resource) -> Json:
        location = resource.properties.get("BodyS3Location")
        if isinstance(location, str):
            try:
                return Document.read(self.template.path.parent / location).value
            except SourceError as error:
                self.problems += error.problems
                return {}
        body = resource.properties.get("Body")
        if isinstance(location, dict):
            message = "the API's definition is not in the template; its routes are not known"
            self._report("PRJ080", message, resource, "name a local file, or write the paths out")
        return body

    def _stage(self, resource: Resource) -> str:
        for item in self.template.of_type("AWS::ApiGateway::Stage", "AWS::ApiGatewayV2::Stage"):
            api = item.properties.get("RestApiId", item.properties.get("ApiId"))
            if api == resource.physical_id:
                return as_text(item.properties.get("StageName"))
        return ""

    def _route(
        self,
        resource: Resource,
        kind: Literal["REST", "HTTP"],
        path: str,
        method: str,
        operation: dict[str, Json],
    ) -> Route | None:
        value = operation.get("x-amazon-apigateway-integration")
        integration = value if isinstance(value, dict) else {}
        uri = as_text(integration.get("uri"))
        if as_text(integration.get("type")).lower() == "mock":
            if method != "options":  # CORS pre-flight answers need no stand-in
                self._report("PRJ080", f"the route {method} {path} is a mock integration", resource)
            return None
        target = _target(integration, uri)
        if target is None and _UNRESOLVED.search(uri):
            return None  # the reference is among the problems
        if target is None:
            message = (
                f"nothing here answers {method.upper()} {path}: its integration is {uri or 'empty'}"
            )
            self._report("PRJ080", message, resource, "routes lead to functions and state machines")
            return None
        arn, action, template = target
        return Route(
            method="ANY" if method.startswith("x-") else method.upper(),
            path=path,
            target_arn=arn,
            kind=kind,
            authorizer=_authorized(operation.get("security")),
            action=action,
            template=template,
            payload_version=as_text(integration.get("payloadFormatVersion") or "1.0"),
            api=resource.logical_id,
            location=resource.location,
        )


def _target(integration: dict[str, Json], uri: str) -> tuple[str, str | None, str | None] | None:
    """The ARN behind an integration, and how a state machine is started."""
    if found := _LAMBDA.search(uri) or _FUNCTION.search(uri):
        return (found[1] if found.re is _LAMBDA else found[0], None, None)
    if found := _STATES.search(uri):
        templates = integration.get("requestTemplates")
        text = as_text(next(iter(templates.values()), "")) if isinstance(templates, dict) else ""
        machine = _MACHINE.search(text)
        return (machine[0] if machine else "", found["action"], text)
    subtype = as_text(integration.get("integrationSubtype"))
    if subtype.startswith("StepFunctions-"):
        parameters = integration.get("requestParameters")
        arn = parameters.get("StateMachineArn") if isinstance(parameters, dict) else None
        return (as_text(arn), subtype.partition("-")[2], None)
    return None


def _authorized(security: Json) -> bool:
    """Whether a token is asked for: neither an API key nor a signature (AWS_IAM) has claims."""
    return isinstance(security, list) and any(
        name not in {"api_key", "AWS_IAM", "NONE"}
        for item in security
        if isinstance(item, dict)
        for name in item
    )
