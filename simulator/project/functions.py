"""Lambda functions of a template, with the environment they will see."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

from simulator.problems import Location, Problem, did_you_mean
from simulator.project.document import escape
from simulator.project.parameters import as_text
from simulator.project.template import Resource, Template
from simulator.tasks.functions import Asynchronous, Function
from simulator.values import Json

TYPE = "AWS::Lambda::Function"
ASYNCHRONOUS = "AWS::Lambda::EventInvokeConfig"
LAYER = "AWS::Lambda::LayerVersion"
_NO_LATENCY = timedelta(0)
_ARCHIVES = (".zip", ".jar")


@dataclass(slots=True)
class Functions:
    """Reads the functions. `refused` says why one of them cannot run here."""

    template: Template
    latency: Mapping[str, timedelta]
    settings: Location
    problems: list[Problem] = field(default_factory=list)
    refused: dict[str, str] = field(default_factory=dict)

    def read(self) -> list[Function]:
        found = [self._function(resource) for resource in self.template.of_type(TYPE)]
        known = {"default"}
        for resource in self.template.of_type(TYPE):
            known |= {resource.logical_id, resource.name}
        refused = not self.template.resources  # the transform said why
        for name in self.latency:
            if name not in known and not refused:
                message = f"a latency is given for '{name}', and no function has that name"
                hint = did_you_mean(name, known)
                self.problems.append(Problem("PRJ041", message, self.settings, hint))
        return [function for function in found if function is not None]

    def _function(self, resource: Resource) -> Function | None:
        properties = resource.properties
        runtime = as_text(properties.get("Runtime"))
        code = self._code(resource, runtime)
        if code is None:
            return None
        handler = as_text(properties.get("Handler"))
        if "." not in handler:
            message = f"the handler '{handler}' is not module.function"
            self._report("PRJ060", message, resource, "Handler")
        environment = properties.get("Environment")
        variables = environment.get("Variables") if isinstance(environment, dict) else None
        return Function(
            name=resource.name,
            logical_id=resource.logical_id,
            arn=str(resource.arn),
            code=code,
            handler=handler,
            runtime=runtime,
            environment=self._environment(resource, variables),
            # AWS: the default is 3 s and 128 MB (docs).
            timeout=timedelta(seconds=self._number(resource, "Timeout", 3)),
            memory_mb=int(self._number(resource, "MemorySize", 128)),
            latency=self._latency(resource),
            location=resource.location,
            asynchronous=self._asynchronous(resource),
            layers=self._layers(resource),
            role=as_text(properties.get("Role", "")),
        )

    def _layers(self, resource: Resource) -> tuple[Path, ...]:
        """What an import finds in the function's layers, the last one first as Lambda lays them."""
        known = {item.physical_id: item for item in self.template.of_type(LAYER)}
        names = resource.properties.get("Layers")
        found: list[Path] = []
        for name in map(as_text, names if isinstance(names, list) else []):
            layer = known.get(name)
            if layer is None:
                message = (
                    f"the layer {name} is not in the template; what it has is not imported here"
                )
                hint = "install what the handlers need into this environment"
                self._report("PRJ065", message, resource, "Layers", hint, warn=True)
            else:
                found += self._layer(layer)
        return tuple(reversed(found))

    def _layer(self, layer: Resource) -> list[Path]:
        content = layer.properties.get("Content")
        if not isinstance(content, str):
            self._report(
                "PRJ065", "the layer's content is in S3, not here", layer, "ContentUri", warn=True
            )
            return []
        folder = self.template.path.parent / content
        if not folder.is_dir():
            self._report(
                "PRJ061", f"the layer's folder '{content}' does not exist", layer, "ContentUri"
            )
            return []
        # AWS SAM: `sam build` puts a layer with a BuildMethod below python/ itself (docs).
        raw = self.template.document.value.get("Resources")
        written = raw.get(layer.origin) if isinstance(raw, dict) else None
        metadata = written.get("Metadata") if isinstance(written, dict) else None
        built = isinstance(metadata, dict) and "BuildMethod" in metadata
        inside = folder / "python"
        return [(folder if built and not inside.is_dir() else inside).resolve()]

    def _asynchronous(self, resource: Resource) -> Asynchronous:
        config: Mapping[str, Json] = {}
        for other in self.template.of_type(ASYNCHRONOUS):
            if as_text(other.properties.get("FunctionName")) in (resource.name, resource.arn):
                config = other.properties
        return Asynchronous(
            retries=self._retries(resource, config),
            on_success=_destination(config, "OnSuccess"),
            on_failure=_destination(config, "OnFailure"),
            dead_letter=_arn_in(resource.properties.get("DeadLetterConfig"), "TargetArn"),
        )

    def _retries(self, resource: Resource, config: Mapping[str, Json]) -> int:
        written = as_text(config.get("MaximumRetryAttempts", 2))
        if written not in ("0", "1", "2"):
            message = f"MaximumRetryAttempts is 0, 1 or 2, not {written}"
            self._report("PRJ062", message, resource, "EventInvokeConfig/MaximumRetryAttempts")
            return 2
        return int(written)

    def _latency(self, resource: Resource) -> timedelta:
        default = self.latency.get("default", _NO_LATENCY)
        by_name = self.latency.get(resource.name, default)
        return self.latency.get(resource.logical_id, by_name)

    def _environment(self, resource: Resource, variables: Json) -> dict[str, str]:
        found: dict[str, str] = {}
        for name, value in variables.items() if isinstance(variables, dict) else ():
            if isinstance(value, dict | list):
                message = f"the environment variable '{name}' is not a text"
                self._report("PRJ062", message, resource, f"Environment/Variables/{escape(name)}")
            else:
                found[name] = as_text(value)
        return found

    def _number(self, resource: Resource, key: str, default: int) -> float:
        value = resource.properties.get(key, default)
        try:
            number = float(as_text(value))
        except ValueError:
            number = 0
        if number <= 0:
            self._report("PRJ062", f"{key} is a number above 0, not {value!r}", resource, key)
            return default
        return number

    def _code(self, resource: Resource, runtime: str) -> Path | None:
        """The folder of the code, or None when this function cannot run in this process."""
        code = resource.properties.get("Code")
        if resource.properties.get("PackageType") == "Image":
            self._refuse(resource, "it is a container image", "ImageUri")
        elif isinstance(code, dict) and "ZipFile" in code:
            self._refuse(resource, "its code stands inline in the template", "InlineCode")
        elif isinstance(code, dict):
            self._refuse(resource, "its code is in S3, not here", "CodeUri")
        elif not runtime.startswith("python"):
            self._refuse(resource, f"its runtime is {runtime or 'not given'}", "Runtime")
        else:
            return self._folder(resource, as_text(code))
        return None

    def _folder(self, resource: Resource, code: str) -> Path | None:
        path = self.template.path.parent / code
        if path.suffix in _ARCHIVES:
            self._refuse(resource, "its code is an archive, not a folder", "CodeUri")
        elif not path.is_dir():
            siblings = [item.name for item in path.parent.iterdir()] if path.parent.is_dir() else []
            message = f"the code folder '{code}' does not exist"
            self._report("PRJ061", message, resource, "CodeUri", did_you_mean(path.name, siblings))
        else:
            return path.resolve()  # a function's current folder is its code
        return None

    def _refuse(self, resource: Resource, reason: str, key: str) -> None:
        message = f"the function '{resource.logical_id}' cannot run here: {reason}"
        hint = (
            "script its states' results (run --results, given.mocks); functions run from a local"
            " folder with a Python runtime"
        )
        self.refused[resource.name] = f"{message}; {hint}"
        self._report("PRJ063", message, resource, key, hint, warn=True)

    def _report(
        self,
        code: str,
        message: str,
        resource: Resource,
        key: str,
        hint: str | None = None,
        *,
        warn: bool = False,
    ) -> None:
        base = f"/Resources/{escape(resource.origin)}"
        marks = self.template.document.marks
        pointer = f"{base}/Properties/{key}"
        shared = f"/Globals/Function/{key}"
        if pointer not in marks and shared in marks:
            pointer = shared
        place = self.template.document.locate(pointer)
        severity = "warning" if warn else "error"
        self.problems.append(Problem(code, message, place, hint, severity))  # type: ignore[arg-type]


def _destination(config: Mapping[str, Json], which: str) -> str | None:
    destinations = config.get("DestinationConfig")
    found = destinations.get(which) if isinstance(destinations, dict) else None
    return _arn_in(found, "Destination")


def _arn_in(value: Json, key: str) -> str | None:
    found = value.get(key) if isinstance(value, dict) else None
    return None if found is None else as_text(found)
