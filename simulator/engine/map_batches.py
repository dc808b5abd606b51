"""ItemBatcher: items → what each child execution gets."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from simulator.asl.model import ItemBatcher
from simulator.engine.map_fields import whole
from simulator.engine.map_runs import Child
from simulator.engine.scope import StateScope, runtime_failure
from simulator.values import Json, size_in_bytes

_SEPARATOR = 1  # the comma between two items


def batches(
    batcher: ItemBatcher, scope: StateScope, effective: Json, values: Sequence[Json]
) -> Iterator[Child]:
    """As many items a batch as both limits allow. Raises Failed and EvaluationError.

    An item that alone is over MaxInputBytesPerBatch has a batch of its own (guess).
    """
    most = _limit(batcher, scope, effective, by_size=False)
    size = _limit(batcher, scope, effective, by_size=True)
    extra = batcher.batch_input
    head = {} if extra is None else {"BatchInput": extra.evaluate(effective, scope)}
    return _batches(head, values, most, size)


def _batches(
    head: dict[str, Json], values: Sequence[Json], most: int | None, size: int | None
) -> Iterator[Child]:
    frame = size_in_bytes({**head, "Items": []})
    batch: list[Json] = []
    used = frame
    for value in values:
        weight = 0 if size is None else size_in_bytes(value) + (_SEPARATOR if batch else 0)
        full = most is not None and len(batch) >= most
        if batch and (full or (size is not None and used + weight > size)):
            yield Child({**head, "Items": batch}, len(batch))
            batch, used = [], frame
            weight -= _SEPARATOR if size is not None else 0
        batch.append(value)
        used += weight
    if batch:
        yield Child({**head, "Items": batch}, len(batch))


def _limit(
    batcher: ItemBatcher, scope: StateScope, effective: Json, *, by_size: bool
) -> int | None:
    expression = batcher.max_bytes if by_size else batcher.max_items
    field = batcher.max_bytes_field if by_size else batcher.max_items_field
    if expression is None:
        return None
    wanted = whole(scope, expression, field, expression.evaluate(effective, scope))
    if wanted < 1:  # the text is a guess
        raise runtime_failure(scope, f"{field.removesuffix('Path')} must be positive.")
    return wanted
