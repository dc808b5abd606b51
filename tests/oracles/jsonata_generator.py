"""Expressions as workflows write them, by a seed: what most of them are made of, and odd mixtures."""

import random

PATHS = [
    "$states.input",
    "$states.input.amount",
    "$states.input.amountText",
    "$states.input.big",
    "$states.input.f10",
    "$states.input.status",
    "$states.input.nothing",
    "$states.input.missing",
    "$states.input.missing.deeper",
    "$states.input.`odd key`",
    "$states.input.'odd key'",
    "$states.input.customer.address.city",
    "$states.input.customer.phones",
    "$states.input.customer.phones.number",
    "$states.input.customer.phones[0].number",
    "$states.input.customer.phones[-1].type",
    "$states.input.customer.phones[5].type",
    "$states.input.items",
    "$states.input.items.sku",
    "$states.input.items.price",
    "$states.input.items[0]",
    "$states.input.items[0].price",
    "$states.input.items[1].qty",
    "$states.input.items.sku[0]",
    "$states.input.matrix",
    "$states.input.matrix[0]",
    "$states.input.matrix[0][1]",
    "$states.input.tags.Key",
    "$states.input.amount.x",
    "$states.input.amount[0]",
    "$states.input.status[1]",
    "$states.result",
    "$states.result.Items",
    "$states.result.Items.id",
    "$states.result.Items.id.S",
    "$states.result.Items.n.N",
    "$states.result.Count",
    "$states.result.Payload.body.id",
    "$states.result.Payload.json",
    "$states.errorOutput.Error",
    "$states.context.Execution.Name",
    "$price",
    "$counter",
    "$cart",
    "$cart.items",
    "$cart.items.id",
    "$cart.items[0].name",
    "$cart.total",
    "$unknown",
    "$unknown.a",
]
LITERALS = [
    "0", "1", "2", "-1", "3.5", "0.1", "100", "1e3", "2.50", "9007199254740993", "-0", "1e21",
    "1e-7", "0.000001", "'a'", "'b'", '"text"', "''", "'APPROVED'", "'é'", "'10'", "'x1'",
    r"'a\nb'", r'"\u0041"', "true", "false", "null", "[]", "{}", "[1,2,3]", "['b','a']", "[[1]]",
    "[[1,2],[3]]", "[null]", "[1,'a',null]", "{'a':1}", "{'a':{'b':[1]}}", "[{'a':1},{'a':[2,3]}]",
]  # fmt: skip
UNARY = [
    "abs", "average", "boolean", "ceil", "count", "exists", "floor", "join", "keys", "length",
    "lowercase", "max", "merge", "min", "not", "number", "string", "sum", "type", "uppercase",
    "round", "distinct", "reverse", "spread", "trim", "sort", "sqrt",
]  # fmt: skip
BINARY = ["append", "contains", "join", "lookup", "substringBefore", "split", "round", "substring"]
OPERATORS = ["+", "-", "*", "/", "%", "=", "!=", "<", "<=", ">", ">=", "and", "or", "&", "in"]
HIGHER = [
    "$map({list}, function($v) {{ {operation} }})",
    "$filter({list}, function($v) {{ {operation} }})",
    "{list}[{index}]",
    "{list}.({operation})",
    "{list}.{{'v': $v}}",
    "{list}[$ = {literal}]",
    "({list})[0]",
    "({list}).a",
    "($v := {literal}; {operation})",
    "{literal} ~> $string()",
    "({list} ~> |$|{{'z': {literal}}}|)",
    "$reduce({list}, function($v, $w) {{ $v }})",
]


class Generator:
    def __init__(self, seed: int) -> None:
        self.chance = random.Random(seed)
        self.locals = 0

    def expression(self, depth: int = 3) -> str:
        pick = self.chance.random
        if depth == 0 or pick() < 0.15:
            return self.leaf()
        kind = pick()
        if kind < 0.35:
            sign = self.chance.choice(OPERATORS)
            return f"{self.part(depth)} {sign} {self.part(depth)}"
        if kind < 0.6:
            return self.call(depth)
        if kind < 0.7:
            then, other = self.part(depth), self.part(depth)
            return f"({self.part(depth)} ? {then} : {other})"
        if kind < 0.78:
            return f"[{', '.join(self.parts(depth))}]"
        if kind < 0.86:
            pairs = [
                f"'{key}': {value}" for key, value in zip("abc", self.parts(depth), strict=False)
            ]
            return "{" + ", ".join(pairs) + "}"
        if kind < 0.9:
            return f"$merge([{', '.join(self.parts(depth))}])"
        if kind < 0.93:
            return f"-{self.part(depth)}"
        return self.higher(depth)

    def part(self, depth: int) -> str:
        text = self.expression(depth - 1)
        return f"({text})" if " " in text and text[0] not in "([{'\"" else text

    def parts(self, depth: int) -> list[str]:
        return [self.part(depth) for _ in range(self.chance.randrange(4))]

    def leaf(self) -> str:
        if self.locals and self.chance.random() < 0.5:
            return "$v"
        return self.chance.choice(PATHS if self.chance.random() < 0.6 else LITERALS)

    def call(self, depth: int) -> str:
        if self.chance.random() < 0.75:
            return f"${self.chance.choice(UNARY)}({self.part(depth)})"
        return f"${self.chance.choice(BINARY)}({self.part(depth)}, {self.part(depth)})"

    def higher(self, depth: int) -> str:
        form = self.chance.choice(HIGHER)
        values = self.part(depth)
        self.locals += 1
        operation = self.expression(depth - 1)
        self.locals -= 1
        return form.format(
            list=values,
            operation=operation,
            literal=self.chance.choice(LITERALS),
            index=self.chance.choice(["0", "1", "-1", "$v", "a = 1"]),
        )
