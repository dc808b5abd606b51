"""StateMachine and the eight states: frozen data, as parse.py makes them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from simulator.asl.expressions import Expression
from simulator.asl.paths import ReferencePath
from simulator.problems import Location
from simulator.values import Json

QueryLanguage: TypeAlias = Literal["JSONPath", "JSONata"]


@dataclass(frozen=True, slots=True)
class DataFlow:
    """What happens to data around the work of a state. Absent fields are None.

    `arguments` is Parameters (JSONPath) or Arguments (JSONata). `result_path` is None when the
    result is discarded (`"ResultPath": null`); the default is the whole document (`$`).
    `assign` gives one object: variable → value. `input_path`/`output_path` given as null are
    expressions that give {}.
    """

    query_language: QueryLanguage = "JSONPath"
    input_path: Expression | None = None
    arguments: Expression | None = None
    result_selector: Expression | None = None
    result_path: ReferencePath | None = field(default_factory=lambda: ReferencePath("$", ()))
    output_path: Expression | None = None
    output: Expression | None = None
    assign: Expression | None = None
    assigned: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Retrier:
    error_equals: tuple[str, ...]
    location: Location
    interval_seconds: float = 1
    max_attempts: int = 3
    backoff_rate: float = 2.0
    max_delay_seconds: float | None = None
    jitter: bool = False


@dataclass(frozen=True, slots=True)
class Catcher:
    error_equals: tuple[str, ...]
    next: str
    location: Location
    result_path: ReferencePath | None = field(default_factory=lambda: ReferencePath("$", ()))
    output: Expression | None = None
    assign: Expression | None = None
    assigned: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Pass:
    name: str
    location: Location
    data: DataFlow
    next: str | None
    result: Expression | None = None
    comment: str | None = None


@dataclass(frozen=True, slots=True)
class Task:
    """`timeout` and `heartbeat` are literals, paths (field ...SecondsPath) or JSONata."""

    name: str
    location: Location
    data: DataFlow
    next: str | None
    resource: str
    timeout: Expression | None = None
    heartbeat: Expression | None = None
    timeout_field: str = "TimeoutSeconds"
    heartbeat_field: str = "HeartbeatSeconds"
    credentials: Expression | None = None
    retriers: tuple[Retrier, ...] = ()
    catchers: tuple[Catcher, ...] = ()
    comment: str | None = None


@dataclass(frozen=True, slots=True)
class Wait:
    """Exactly one delay; `field` is Seconds, SecondsPath, Timestamp or TimestampPath."""

    name: str
    location: Location
    data: DataFlow
    next: str | None
    delay: Expression
    field: str
    comment: str | None = None


@dataclass(frozen=True, slots=True)
class Rule:
    """One choice rule: `condition` gives a bool. `source` is the rule as written, for labels."""

    condition: Expression
    next: str
    location: Location
    source: Json
    output: Expression | None = None
    assign: Expression | None = None
    assigned: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Choice:
    name: str
    location: Location
    data: DataFlow
    rules: tuple[Rule, ...]
    default: str | None = None
    comment: str | None = None


@dataclass(frozen=True, slots=True)
class Succeed:
    name: str
    location: Location
    data: DataFlow
    comment: str | None = None


@dataclass(frozen=True, slots=True)
class Fail:
    """`error_field` is Error or ErrorPath, `cause_field` likewise; JSONata only has the first."""

    name: str
    location: Location
    data: DataFlow
    error: Expression | None = None
    cause: Expression | None = None
    error_field: str = "Error"
    cause_field: str = "Cause"
    comment: str | None = None


@dataclass(frozen=True, slots=True)
class Graph:
    """One `States` object: the machine's own, a Parallel branch or a Map's processor."""

    start_at: str
    states: Mapping[str, State]
    location: Location
    comment: str | None = None


@dataclass(frozen=True, slots=True)
class Parallel:
    name: str
    location: Location
    data: DataFlow
    next: str | None
    branches: tuple[Graph, ...]
    retriers: tuple[Retrier, ...] = ()
    catchers: tuple[Catcher, ...] = ()
    comment: str | None = None


@dataclass(frozen=True, slots=True)
class ItemReader:
    """Where the items of a distributed Map come from. `config` is ReaderConfig without MaxItems."""

    resource: str
    location: Location
    arguments: Expression | None
    config: Mapping[str, Json]
    max_items: Expression | None = None
    max_items_field: str = "MaxItems"


@dataclass(frozen=True, slots=True)
class ItemBatcher:
    """At least one of the limits is set. `batch_input` is what every child gets beside Items."""

    location: Location
    max_items: Expression | None = None
    max_items_field: str = "MaxItemsPerBatch"
    max_bytes: Expression | None = None
    max_bytes_field: str = "MaxInputBytesPerBatch"
    batch_input: Expression | None = None


@dataclass(frozen=True, slots=True)
class ResultWriter:
    """Where results go: to S3 by `resource`, or None when `config` (WriterConfig) only shapes them."""

    location: Location
    resource: str | None
    arguments: Expression | None
    config: Mapping[str, Json]


@dataclass(frozen=True, slots=True)
class Map:
    """`items` is ItemsPath (JSONPath) or Items (JSONata); None is the whole input.

    `item_selector` is ItemSelector or the old Parameters. Reader, batcher, writer and label belong
    to DISTRIBUTED mode; `execution_type` is the type of its child executions.
    """

    name: str
    location: Location
    data: DataFlow
    next: str | None
    processor: Graph
    items: Expression | None = None
    item_selector: Expression | None = None
    max_concurrency: Expression | None = None
    max_concurrency_field: str = "MaxConcurrency"
    tolerated_failure_count: Expression | None = None
    tolerated_failure_count_field: str = "ToleratedFailureCount"
    tolerated_failure_percentage: Expression | None = None
    tolerated_failure_percentage_field: str = "ToleratedFailurePercentage"
    mode: Literal["INLINE", "DISTRIBUTED"] = "INLINE"
    execution_type: Literal["STANDARD", "EXPRESS"] = "STANDARD"
    reader: ItemReader | None = None
    batcher: ItemBatcher | None = None
    writer: ResultWriter | None = None
    label: str | None = None
    retriers: tuple[Retrier, ...] = ()
    catchers: tuple[Catcher, ...] = ()
    comment: str | None = None


State: TypeAlias = Task | Choice | Wait | Pass | Parallel | Map | Succeed | Fail


@dataclass(frozen=True, slots=True)
class StateMachine:
    graph: Graph
    query_language: QueryLanguage = "JSONPath"
    timeout_seconds: int | None = None
    comment: str | None = None

    @property
    def start_at(self) -> str:
        return self.graph.start_at

    @property
    def states(self) -> Mapping[str, State]:
        return self.graph.states
