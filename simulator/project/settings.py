"""What the project says about itself: [tool.simulator], simulator.toml and samconfig.toml."""

from __future__ import annotations

import re
import shlex
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path

import yaml

from simulator.errors import SourceError
from simulator.problems import Location, Problem, did_you_mean
from simulator.values import Json

_DURATION = re.compile(
    r"P(?:(?P<days>\d+)D)?(?:T(?:(?P<hours>\d+)H)?(?:(?P<minutes>\d+)M)?(?:(?P<seconds>\d+(?:\.\d+)?)S)?)?"
)
TEMPLATES = ("template.yaml", "template.yml", "template.json")


@dataclass(frozen=True, slots=True)
class StackSettings:
    """One more template of the project, deployed to an account of its own."""

    template: str
    account: str
    stack: str
    region: str | None = None
    parameters: Mapping[str, Json] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Settings:
    """`latency` says by function how long a call takes on the virtual clock; `default` for all.

    `organization` is the id of the AWS organisation that all accounts of the project are in.
    `card_data` names what card data gets to, as the data-flow diagram calls it.
    """

    template: str | None = None
    stack: str | None = None
    account: str = "123456789012"
    region: str = "us-east-1"
    vocabulary: str | None = None
    parameters: Mapping[str, Json] = field(default_factory=dict)
    latency: Mapping[str, timedelta] = field(default_factory=dict)
    attributes: Mapping[str, str] = field(default_factory=dict)
    compliance: Mapping[str, Json] = field(default_factory=dict)
    card_data: tuple[str, ...] = ()
    permissions: Mapping[str, Json] = field(default_factory=dict)
    stacks: tuple[StackSettings, ...] = ()
    organization: str = ""
    path: Path = Path("simulator.toml")
    problems: tuple[Problem, ...] = ()

    @classmethod
    def load(cls, root: Path) -> Settings:
        """SourceError when a file is not TOML; wrong keys and values are in `problems`."""
        own = root / "simulator.toml"
        if own.is_file():
            return _Reader(own, _toml(own)).read()
        shared = root / "pyproject.toml"
        if shared.is_file():
            tool = _toml(shared).get("tool", {})
            table = tool.get("simulator", {}) if isinstance(tool, dict) else {}
            return _Reader(shared, table if isinstance(table, dict) else {}).read()
        return cls(path=own)


def _toml(path: Path) -> dict[str, Json]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        found = re.search(r"line (\d+), column (\d+)", str(error))
        place = Location(path, int(found[1]), int(found[2])) if found else Location(path)
        raise SourceError([Problem("PRJ040", f"not TOML: {error}", place)]) from error


def duration(value: Json) -> timedelta | None:
    """Seconds, or an ISO 8601 duration such as PT0.2S; None when it is neither."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    if isinstance(value, int | float):
        return timedelta(seconds=value) if value >= 0 else None
    found = _DURATION.fullmatch(value)
    if not found or not any(found.groupdict().values()):
        return None
    return timedelta(**{unit: float(text) for unit, text in found.groupdict().items() if text})


class _Reader:
    def __init__(self, path: Path, table: Mapping[str, Json]) -> None:
        self.path = path
        self.table = table
        self.problems: list[Problem] = []
        self.lines = path.read_text(encoding="utf-8").splitlines()

    def read(self) -> Settings:
        settings = Settings(path=self.path)
        for key, value in self.table.items():
            take = _KEYS.get(key)
            if take is None:
                self.report(f"unknown setting '{key}'", key, did_you_mean(key, _KEYS))
                continue
            settings = take(self, settings, key, value)
        return replace(settings, problems=tuple(self.problems))

    def report(self, message: str, key: str, hint: str | None = None) -> None:
        start = re.compile(
            rf"\s*(\[\[?tool\.simulator\.|\[\[?)?[\"']?{re.escape(key)}[\"']?\s*(=|\])"
        )
        line = next((number for number, text in enumerate(self.lines, 1) if start.match(text)), 0)
        self.problems.append(
            Problem("PRJ041", message, Location(self.path, line, 1 if line else 0), hint)
        )

    def text(self, settings: Settings, key: str, value: Json) -> Settings:
        if not isinstance(value, str) or not value:
            self.report(f"the setting '{key}' is a text", key)
            return settings
        return replace(settings, **{key: value})  # type: ignore[arg-type]

    def account(self, settings: Settings, key: str, value: Json) -> Settings:
        if not re.fullmatch(r"\d{12}", str(value)):
            self.report(f"the setting 'account' is a text of twelve digits, not {value!r}", key)
            return settings
        return replace(settings, account=str(value))

    def mapping(self, settings: Settings, key: str, value: Json) -> Settings:
        if not isinstance(value, dict):
            self.report(f"the setting '{key}' is a table", key)
            return settings
        return replace(settings, **{key: dict(value)})  # type: ignore[arg-type]

    def stacks(self, settings: Settings, key: str, value: Json) -> Settings:
        if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
            hint = "[[tool.simulator.stacks]] with template and account"
            self.report(f"the setting '{key}' is a list of tables", key, hint)
            return settings
        made = [self._stack(table) for table in value if isinstance(table, dict)]
        found = [stack for stack in made if stack is not None]
        names = [stack.stack for stack in found]
        for name in sorted({name for name in names if names.count(name) > 1}):
            self.report(f"two stacks are called '{name}'", key, "give each a 'stack'")
        return replace(settings, stacks=tuple(found))

    def _stack(self, table: Mapping[str, Json]) -> StackSettings | None:
        for name in table:
            if name not in _STACK_KEYS:
                hint = did_you_mean(name, _STACK_KEYS)
                self.report(f"unknown setting '{name}' of a stack", name, hint)
        template, account = table.get("template"), str(table.get("account"))
        if not isinstance(template, str) or not template:
            self.report("a stack has a 'template'", "stacks")
            return None
        if not re.fullmatch(r"\d{12}", account):
            self.report(f"the stack of {template} has an 'account' of twelve digits", "stacks")
            return None
        for name, kind in _STACK_KEYS.items():
            if name in table and not isinstance(table[name], kind):
                self.report(f"the setting '{name}' of a stack has the wrong type", name)
                return None
        region: Json = table.get("region")
        parameters: Json = table.get("parameters", {})
        return StackSettings(
            template,
            account,
            str(table.get("stack") or Path(template).stem),
            None if region is None else str(region),
            parameters if isinstance(parameters, dict) else {},
        )

    def texts(self, settings: Settings, key: str, value: Json) -> Settings:
        if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
            self.report(f"the setting '{key}' is a list of texts", key)
            return settings
        return replace(settings, **{key: tuple(map(str, value))})  # type: ignore[arg-type]

    def latency(self, settings: Settings, _key: str, value: Json) -> Settings:
        if not isinstance(value, dict):
            value = {"default": value}
        found = {}
        for name, text in value.items():
            took = duration(text)
            if took is None:
                hint = 'seconds, or a text such as "PT0.2S"'
                self.report(f"the latency of '{name}' is no duration: {text!r}", name, hint)
            else:
                found[name] = took
        return replace(settings, latency=found)


_STACK_KEYS: Mapping[str, type] = {
    "account": str,
    "parameters": dict,
    "region": str,
    "stack": str,
    "template": str,
}
_KEYS: Mapping[str, Callable[[_Reader, Settings, str, Json], Settings]] = {
    "account": _Reader.account,
    "attributes": _Reader.mapping,
    "card_data": _Reader.texts,
    "compliance": _Reader.mapping,
    "latency": _Reader.latency,
    "organization": _Reader.text,
    "parameters": _Reader.mapping,
    "permissions": _Reader.mapping,
    "region": _Reader.text,
    "stack": _Reader.text,
    "stacks": _Reader.stacks,
    "template": _Reader.text,
    "vocabulary": _Reader.text,
}


@dataclass(frozen=True, slots=True)
class SamConfig:
    """What `sam deploy` would use for one environment of samconfig.toml."""

    stack: str | None = None
    parameters: Mapping[str, Json] = field(default_factory=dict)
    problems: tuple[Problem, ...] = ()

    @classmethod
    def load(cls, root: Path, stage: str | None) -> SamConfig:
        path = next((root / name for name in _SAM_FILES if (root / name).is_file()), None)
        if path is None:
            if stage is None:
                return cls()
            place = Location(root / "samconfig.toml")
            message = f"there is no samconfig.toml to read the stage '{stage}' from"
            return cls(problems=(Problem("PRJ042", message, place),))
        table = _toml(path) if path.suffix == ".toml" else _yaml(path)
        name = stage or "default"
        environment = table.get(name)
        if not isinstance(environment, dict):
            if stage is None:
                return cls()
            known = [key for key, body in table.items() if isinstance(body, dict)]
            message = f"samconfig has no environment '{stage}'"
            problem = Problem("PRJ042", message, Location(path), did_you_mean(stage, known))
            return cls(problems=(problem,))
        return cls._of(environment, path)

    @classmethod
    def _of(cls, environment: Mapping[str, Json], path: Path) -> SamConfig:
        merged: dict[str, Json] = {}
        for command in ("global", "deploy"):
            section = environment.get(command)
            parameters = section.get("parameters") if isinstance(section, dict) else None
            merged |= parameters if isinstance(parameters, dict) else {}
        stack = merged.get("stack_name")
        problems: list[Problem] = []
        overrides = _overrides(merged.get("parameter_overrides"), path, problems)
        return cls(stack if isinstance(stack, str) else None, overrides, tuple(problems))


_SAM_FILES = ("samconfig.toml", "samconfig.yaml", "samconfig.yml")
_OVERRIDE = re.compile(r"ParameterKey=(?P<key>[^,]+),ParameterValue=(?P<value>.*)", re.DOTALL)


def _yaml(path: Path) -> dict[str, Json]:
    try:
        value = yaml.safe_load(path.read_text(encoding="utf-8"))
    except yaml.YAMLError as error:
        raise SourceError([Problem("PRJ040", f"not YAML: {error}", Location(path))]) from error
    return value if isinstance(value, dict) else {}


def _overrides(value: Json, path: Path, problems: list[Problem]) -> dict[str, Json]:
    """`A=1 B="x y"`, a list of such texts, or a table."""
    if value is None:
        return {}
    if isinstance(value, dict):
        return value
    parts: list[str] = []
    for text in value if isinstance(value, list) else [value]:
        try:
            parts += shlex.split(str(text))
        except ValueError as error:
            message = f"parameter_overrides: {error}"
            problems.append(Problem("PRJ042", message, Location(path)))
    found: dict[str, Json] = {}
    for part in parts:
        long = _OVERRIDE.fullmatch(part)
        key, equals, text = (long["key"], "=", long["value"]) if long else part.partition("=")
        if equals:
            found[key] = text
        else:
            message = f"parameter_overrides: '{part}' is not Name=Value"
            problems.append(Problem("PRJ042", message, Location(path)))
    return found


def stack_name(settings: Settings, config: SamConfig, root: Path) -> str:
    """The settings' name, samconfig's, or the folder's as CloudFormation would allow it."""
    if settings.stack:
        return settings.stack
    if config.stack:
        return config.stack
    folder = re.sub(r"[^A-Za-z0-9]+", "-", root.resolve().name).strip("-")
    return folder if folder[:1].isalpha() else f"app-{folder}".strip("-")
