"""What a template costs by the month while nothing happens: counted from its resources, priced by a dated table.

Storage and everything that is paid by use is not idle cost. A type that the tables do not know, or one
whose price depends on what the table does not know, is named: it is never counted as free in silence.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from simulator.cost.idle_prices import BY_USE, DATE, EXTRAS, FIXED, HOURS, REGION, Fixed
from simulator.project.template import Resource
from simulator.values import Json


@dataclass(frozen=True, slots=True)
class IdleRow:
    """One kind of thing paid by the month."""

    type: str
    unit: str
    units: float
    dollars: float

    @property
    def total(self) -> float:
        """Dollars a month."""
        return self.units * self.dollars


@dataclass(frozen=True, slots=True)
class Idle:
    """`not_priced`: resources whose idle price is not known here, as "Type: reason"."""

    rows: tuple[IdleRow, ...]
    not_priced: tuple[str, ...]

    @property
    def total(self) -> float:
        """Dollars a month."""
        return sum(row.total for row in self.rows)


def idle(resources: Iterable[Resource]) -> Idle:
    """Of all the resources together; rows by type, the dearest first."""
    counted: dict[tuple[str, Fixed], float] = {}
    unknown: dict[str, None] = {}
    for resource in resources:
        reason = _extra(resource)
        if reason is not None:
            unknown[f"{resource.type} {resource.logical_id}: {reason}"] = None
        for fixed in FIXED.get(resource.type, ()):
            units = fixed.units(resource.properties)
            if units is None:
                unknown[
                    f"{resource.type} {resource.logical_id}: its {fixed.unit}s are not known"
                ] = None
            elif units:
                key = (resource.type, fixed)
                counted[key] = counted.get(key, 0) + units
        if not (resource.type in FIXED or resource.type in BY_USE or resource.type in EXTRAS):
            unknown[f"{resource.type}: not in the price table"] = None
    rows = [
        IdleRow(name, item.unit, units, item.dollars) for (name, item), units in counted.items()
    ]
    rows.sort(key=lambda row: (-row.total, row.type, row.unit))
    return Idle(tuple(rows), tuple(sorted(unknown)))


def _extra(resource: Resource) -> str | None:
    for name, value, reason in EXTRAS.get(resource.type, ()):
        found = resource.properties.get(name)
        if found is not None and (value is None or str(found).lower() == str(value).lower()):
            return reason
    return None


def idle_text(costs: Mapping[str, Idle]) -> str:
    """By template: a line a kind of thing, the sum, what is not priced; at the end where the prices come from."""
    shown: list[str] = []
    for template, cost in costs.items():
        shown += [*_table(template, cost), *(f"not priced: {name}" for name in cost.not_priced), ""]
    if len(costs) > 1:
        shown += [f"together: {sum(cost.total for cost in costs.values()):.2f}", ""]
    shown += [
        f"Dollars a month of {HOURS} hours: {REGION}, {DATE}, from the public price pages, without free allowances.",
        "Storage and use are not counted.",
    ]
    return "\n".join(shown) + "\n"


def _table(template: str, cost: Idle) -> list[str]:
    lines = [(template, "units", "$ each", "$ a month")]
    lines += [
        (row.unit, f"{row.units:g}", f"{row.dollars:.2f}", f"{row.total:.2f}") for row in cost.rows
    ]
    lines.append(("all", "", "", f"{cost.total:.2f}"))
    widths = [max(len(line[index]) for line in lines) for index in range(4)]
    return [
        "  ".join([line[0].ljust(widths[0]), *map(str.rjust, line[1:], widths[1:])]).rstrip()
        for line in lines
    ]


def idle_json(costs: Mapping[str, Idle]) -> str:
    """{"schema": "cost-idle/1", "prices", "templates": {path: {resources: [{type, unit, units, dollars, total}], total, not_priced}}}."""
    report: Json = {
        "schema": "cost-idle/1",
        "prices": {"region": REGION, "date": DATE},
        "templates": {template: _object(cost) for template, cost in costs.items()},
    }
    return json.dumps(report, indent=2, ensure_ascii=False) + "\n"


def _object(cost: Idle) -> Json:
    return {
        "resources": [
            {
                "type": row.type,
                "unit": row.unit,
                "units": row.units,
                "dollars": round(row.dollars, 6),
                "total": round(row.total, 6),
            }
            for row in cost.rows
        ],
        "total": round(cost.total, 6),
        "not_priced": list(cost.not_priced),
    }
