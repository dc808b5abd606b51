"""TaskRunner, Decisions, Observer: all that the engine asks of the world."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Literal, NamedTuple, Protocol, TypeAlias, TypeVar

from simulator.values import Json

if TYPE_CHECKING:
    from simulator.engine.history import HistoryEvent

T = TypeVar("T")
NO_TIME = timedelta(0)
Pattern: TypeAlias = Literal["REQUEST_RESPONSE", "SYNC", "CALLBACK"]


@dataclass(slots=True)  # a value; a frozen one takes four times as long to make
class TaskCall:
    """One attempt of a Task state.

    `resource` is the ARN as in the state, pattern suffix included; `payload` what the state sends.
    `execution` and `state_machine` are ARNs, `workflow` the machine's name, `state` the state's
    name, `where` its place among Map iterations and Parallel branches ("Notify[1]/Ledger").
    `attempt` counts from 1 within one entry of the state, `entry` the entries of this state within
    the execution from 1 (loops, iterations). `token` is set for .waitForTaskToken, .sync and
    activities. `kind` is the calling machine's type. `root` is the execution's ARN, but for the
    children of a distributed Map: theirs is the ARN of the execution with the Map.
    """

    resource: str
    payload: Json
    execution: str
    state_machine: str
    workflow: str
    state: str
    where: str
    attempt: int
    entry: int
    token: str | None = None
    timeout: timedelta | None = None
    credentials: str | None = None
    kind: Literal["STANDARD", "EXPRESS"] = "STANDARD"
    root: str = ""


@dataclass(frozen=True, slots=True)
class Success:
    output: Json
    took: timedelta = NO_TIME


@dataclass(frozen=True, slots=True)
class Failure:
    """An error as Retry and Catch see it. None stands for a field that AWS leaves out."""

    error: str | None
    cause: str | None = None
    took: timedelta = NO_TIME


@dataclass(frozen=True, slots=True)
class Pending:
    """The call was accepted; its result comes later, through Engine.settle(call.token, ...).

    `submitted` is the answer of the API call, shown by TaskSubmitted. Only for calls with a token.
    """

    submitted: Json = field(default_factory=dict)
    took: timedelta = NO_TIME


TaskResult: TypeAlias = Success | Failure | Pending


class TaskRunner(Protocol):
    """Does the work behind a Task state. May raise SimulatorError when the set-up is wrong."""

    def run(self, call: TaskCall) -> TaskResult: ...


class Decisions(Protocol):
    """The only source of variation in a run; option 0 is the ordinary one."""

    def choose(self, question: str, options: Sequence[T]) -> T: ...


class Observer(Protocol):
    """Sees every history event as it is written."""

    def see(self, execution: str, event: HistoryEvent) -> None: ...


class FirstOption:
    """Decisions of an ordinary run."""

    def choose(self, question: str, options: Sequence[T]) -> T:  # noqa: ARG002
        return options[0]


class Item(NamedTuple):
    """One item of a distributed Map. `key` is set for members of an object; `source` is
    STATE_DATA or the S3 URI it came from (context object, Map.Item.Source).
    """

    value: Json
    key: str | None = None
    source: str = "STATE_DATA"


@dataclass(frozen=True, slots=True)
class ReadItems:
    """What a distributed Map asks of its ItemReader.

    `resource` is the reader's ARN, `parameters` its evaluated Parameters or Arguments, `config` its
    ReaderConfig (InputType, CSVHeaders, ...) without MaxItems, which is `limit` (None: no limit).
    """

    resource: str
    parameters: Json
    config: Mapping[str, Json]
    limit: int | None
    execution: str
    workflow: str
    state: str


@dataclass(frozen=True, slots=True)
class WriteResults:
    """What a distributed Map asks of its ResultWriter once all children have ended.

    `records` describe the children in the order of their items, with the members of AWS's result
    files: ExecutionArn, Input and Output as texts, InputDetails, OutputDetails, Name, RedriveCount,
    RedriveStatus, StartDate, StateMachineArn, Status, StopDate, Error and Cause where they apply.
    """

    resource: str
    parameters: Json
    config: Mapping[str, Json]
    map_run: str
    records: Sequence[dict[str, Json]]
    execution: str
    workflow: str
    state: str


class ItemStore(Protocol):
    """Where the items of a distributed Map come from and its results go to."""

    def read(self, request: ReadItems) -> Sequence[Item] | Failure:
        """Failure is States.ItemReaderFailed."""
        ...

    def write(self, request: WriteResults) -> dict[str, Json] | Failure:
        """ResultWriterDetails: Bucket and Key of the manifest. Failure is States.ResultWriterFailed."""
        ...
