"""HTTP requests to the project's APIs: route → function or execution → response."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from simulator.aws.calls import ServiceError
from simulator.errors import UsageError
from simulator.sources.http import (
    ApiContext,
    HttpRequest,
    HttpResponse,
    claims,
    from_lambda,
    http_event,
    internal_error,
    match_route,
    not_found,
    rest_event,
    unauthorized,
)
from simulator.values import Json, compact

if TYPE_CHECKING:
    from simulator.project.project import Project
    from simulator.project.routes import Route
    from simulator.simulation.world import Simulation

_JSON = {"content-type": "application/json"}


class Apis:
    """Answers one request as API Gateway does; the function runs now, in virtual time."""

    def __init__(self, simulation: Simulation) -> None:
        self._simulation = simulation

    def at_host(
        self,
        host: str,
        method: str,
        path: str,
        headers: Mapping[str, str],
        query: Mapping[str, str | list[str]],
        body: Json,
    ) -> HttpResponse | None:
        """As `request`, for a URL: the path begins with the stage. None: no API of the project."""
        name, _, suffix = host.partition(".execute-api.")
        for part in self._simulation.project.parts:
            routes = [item for item in part.routes if part.physical_id(item.api) == name]
            if routes and suffix.startswith(f"{part.region}."):
                break
        else:
            return None
        stage = routes[0].stage
        if stage and stage != "$default":
            first, _, path = path.lstrip("/").partition("/")
            if first != stage:
                return HttpResponse(403, _JSON, {"message": "Forbidden"})
        return self._answer(part, routes, method, f"/{path.lstrip('/')}", headers, query, body)

    def request(
        self,
        method: str,
        path: str,
        headers: Mapping[str, str],
        query: Mapping[str, str | list[str]],
        body: Json,
        account: str | None = None,
    ) -> HttpResponse:
        """Asks the API of the stack in this account; of the first one that has the route."""
        project = self._simulation.project
        parts = [part for part in project.parts if part.account == (account or project.account)]
        if not parts:
            known = ", ".join(sorted({part.account for part in project.parts}))
            raise UsageError(f"no stack of the project is in account {account}; known: {known}")
        able = (part for part in parts if match_route(part.routes, method, path) is not None)
        part = next(able, parts[0])
        return self._answer(part, part.routes, method, path, headers, query, body)

    def _answer(
        self,
        part: Project,
        routes: Sequence[Route],
        method: str,
        path: str,
        headers: Mapping[str, str],
        query: Mapping[str, str | list[str]],
        body: Json,
    ) -> HttpResponse:
        found = match_route(routes, method, path)
        if found is None:
            return not_found(routes[0].kind if routes else "HTTP")
        route, parameters = found
        request = HttpRequest(method.upper(), path, headers, query, body)
        if route.authorizer and claims(request.header("authorization")) is None:
            return unauthorized()
        if route.action is not None:
            return self._start(route, request)
        return self._invoke(part, route, request, parameters)

    def _invoke(
        self, part: Project, route: Route, request: HttpRequest, parameters: Mapping[str, str]
    ) -> HttpResponse:
        simulation = self._simulation
        context = ApiContext(
            resource=route.path,
            path_parameters=parameters,
            account=part.account,
            region=part.region,
            api_id=route.api.lower(),
            stage=route.stage or "$default",
            method=request.method,
            request_id=simulation.new_name("request"),
            claims=claims(request.header("authorization")) if route.authorizer else None,
            now=simulation.now,
        )
        rest = route.kind == "REST" or route.payload_version == "1.0"
        event = rest_event(request, context) if rest else http_event(request, context)
        invocation = simulation.lambdas.invoke(route.target_arn, event)
        return from_lambda(
            invocation.result,
            route.kind,
            payload_version=route.payload_version,
            failed=invocation.error is not None,
        )

    def _start(self, route: Route, request: HttpRequest) -> HttpResponse:
        """StartExecution or StartSyncExecution with the body as the input (SAM's own template)."""
        simulation = self._simulation
        payload = request.body if request.body is not None else {}
        try:
            run = simulation.start_from_api(
                route.target_arn,
                payload,
                None,
                request.text,
                sync=route.action == "StartSyncExecution",
            )
        except ServiceError as error:
            answer: Json = {"__type": error.code, "message": str(error)}
            return HttpResponse(error.status, _JSON, answer)
        if route.action != "StartSyncExecution":
            started: Json = {
                "executionArn": run.arn,
                "startDate": run.started_at.timestamp(),
            }
            return HttpResponse(200, _JSON, started)
        simulation.run(until=run)
        if run.status == "RUNNING":
            return internal_error(route.kind)
        described: dict[str, Json] = {
            "executionArn": run.arn,
            "input": request.text or "{}",
            "name": run.name,
            "stateMachineArn": run.state_machine_arn,
            "status": run.status,
        }
        if run.status == "SUCCEEDED":
            described["output"] = compact(run.output)
        if run.error is not None:
            described["error"] = run.error
        if run.cause is not None:
            described["cause"] = run.cause
        return HttpResponse(200, _JSON, described)
