"""TestState: one state, run once, with what its data was after every step.

The state's own compiled pieces run, in an execution that has this one state.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from simulator.asl.apis import Apis
from simulator.engine.ports import TaskRunner
from simulator.engine.state_test_definition import read_definition
from simulator.engine.state_test_request import read_request
from simulator.engine.state_test_rules import check_test
from simulator.engine.state_test_run import answer
from simulator.engine.state_test_world import World
from simulator.values import Json


def test_state(
    request: Mapping[str, Json],
    *,
    apis: Apis | None,
    tasks: TaskRunner | None = None,  # noqa: PT028 - no test of pytest
    now: datetime,
    seed: int = 0,  # noqa: PT028
) -> dict[str, Json]:
    """The answer to a TestState request; both have the members of the API.

    Mocked results are checked against `apis`; without it, nothing is known of any API and they are
    not. A Task without a mock is given to `tasks`. `now` is when the state is entered, in virtual
    time; the same `seed` makes the same ids and UUIDs.

    Raises StateTestError with the service's code and message; UsageError when a Task without a mock
    is tested and there is no `tasks`.
    """
    wanted = read_request(request)
    tested = read_definition(wanted.definition, wanted.state_name)
    mocked = check_test(wanted, tested, apis, tasks)
    return answer(World(wanted, tested, mocked, tasks, now, seed))
