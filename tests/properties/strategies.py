"""Definitions that are right, values of every kind, and texts of the little languages inside."""

import random

from hypothesis import strategies as st

from tests.oracles.jsonata_generator import Generator

NAMES = ("a", "b", "n", "s", "list", "odd key", "it's", "ü", "Id", "")
ERRORS = ("States.Timeout", "States.TaskFailed", "States.Runtime", "Lambda.Unknown", "Mine", "E.2")
RESOURCE = "arn:aws:lambda:us-east-1:111122223333:function:work"
STAMPS = ("2026-01-01T00:00:00Z", "2026-01-01T00:01:00.5+01:00", "1999-12-31T23:59:59Z")

numbers = st.one_of(
    st.integers(-3, 12),
    st.integers(),
    st.floats(allow_nan=False, allow_infinity=False),
    st.sampled_from([2**53 + 1, -(2**63), 10**400, -0.0, 1e-7, 0.5, 1e21]),
)
texts = st.one_of(
    st.sampled_from(
        ["", "a", "b", "10", "true", "{", "[1]", " ", "\\", "a\nb", "\x00", "😀", *STAMPS]
    ),
    st.text(max_size=8),
)
values = st.recursive(
    st.one_of(st.none(), st.booleans(), numbers, texts),
    lambda inner: st.one_of(
        st.lists(inner, max_size=4),
        st.dictionaries(st.one_of(st.sampled_from(NAMES), st.text(max_size=4)), inner, max_size=4),
    ),
    max_leaves=12,
)
# What the expressions below expect, most of the time.
usual = st.fixed_dictionaries(
    {
        "a": values, "b": st.fixed_dictionaries({"a": values, "n": st.integers(0, 3)}),
        "n": st.integers(0, 5), "s": texts,
        "list": st.lists(st.integers(0, 3) | st.fixed_dictionaries({"a": numbers, "n": st.just(1)}), max_size=4),
    }
)  # fmt: skip
inputs = st.one_of(usual, usual, values)

REFERENCES = (
    "$", "$.a", "$.n", "$.s", "$.list", "$.list[0]", "$.b.a", "$['odd key']", "$.a.b.n", "$.list[-1]",
    "$$.Execution.Name", "$$.State.EnteredTime", "$$.Map.Item.Value", "$$.none", "$v0", "$v1.a",
)  # fmt: skip
PATHS = (
    *REFERENCES, "$.*", "$..a", "$.list[*]", "$.list[1:]", "$.list[0,1]", "$.list[?(@.a > 1)]",
    "$..[?(@.s =~ /a.*/)]", "$.list.length()", "$['a','b']", "$.list[?(@ == 'a')].n",
)  # fmt: skip
INTRINSICS = (
    "States.Format('{} {}', $.a, $.n)", "States.StringToJson($.s)", "States.JsonToString($)",
    "States.Array($.a, 1, 'x', null, true)", "States.ArrayPartition($.list, $.n)",
    "States.ArrayContains($.list, $.a)", "States.ArrayRange(0, $.n, 2)", "States.ArrayUnique($.list)",
    "States.ArrayGetItem($.list, $.n)", "States.ArrayLength($.list)", "States.Base64Encode($.s)",
    "States.Base64Decode($.s)", "States.Hash($.a, 'SHA-256')", "States.JsonMerge($.a, $.b, false)",
    "States.MathRandom(1, $.n)", "States.MathAdd($.n, -1)", "States.StringSplit($.s, ',a')",
    "States.UUID()", "States.Format('{}', States.ArrayLength(States.Array($v0, $$.State.Name)))",
)  # fmt: skip
SAFE = ("$", "$.n", "$.list", "$.b", "$.s", "$$.Execution.Name", "$$.State.Name", "$.a")
safe = st.sampled_from(SAFE)
references = st.one_of(safe, safe, st.sampled_from(REFERENCES))
paths = st.one_of(safe, safe, st.sampled_from(PATHS))
dynamic = st.one_of(safe, paths, st.sampled_from(INTRINSICS))


@st.composite
def jsonata_texts(draw):
    """As tests/oracles makes them, about this input; only members that exist everywhere."""
    text = Generator(draw(st.integers(0, 10_000))).expression(draw(st.integers(0, 3)))
    for member in ("$states.result", "$states.errorOutput", "$states.context", "$cart"):
        text = text.replace(member, "$states.input")
    for name, ours in (("items", "list"), ("customer", "b"), ("amount", "n"), ("status", "s")):
        text = text.replace(f"input.{name}", f"input.{ours}")
    return text


JSONATA = (
    "$states.input", "$states.input.n + 1", "$states.input.list", "$states.input.list[0].a",
    "$states.context.Execution.Name", "$states.input.n > 1 ? 'more' : $states.input.s",
    "$merge([$states.input, {'x': 1}])", "$map($states.input.list, function($i) { $string($i) })",
    "$now() & $millis()", "$random() < 1", "$uuid()", "$partition($states.input.list, 2)",
    "$range(1, $states.input.n, 1)", "$hash($states.input.s, 'MD5')", "$parse($states.input.s)",
    "$v0", "$v1.a & 'x'", "$sum($states.input.list)", "$states.input ~> |$|{'x': 2}|", "1 / 0",
    "($x := $states.input.n; $x * 2)", "$states.input.list[$ > 1]", "$error('mine')", "$uppercase",
    "$states.input.n in $states.input.list", "$exists($states.input.a) and $not($states.input.b)",
)  # fmt: skip
CALM = (
    "$states.input", "$states.input.n + 1", "$states.input.list", "$states.input.n > 1 ? 'more' : 2",
    "$merge([$states.input, {'x': 1}])", "$count($states.input.list)", "$now()", "$uuid()",
)  # fmt: skip
calm = st.sampled_from(CALM)
expressions = st.one_of(calm, calm, st.sampled_from(JSONATA)).map("{{% {} %}}".format)
conditions = st.one_of(
    st.booleans(),
    st.sampled_from(
        ["$states.input.n > 1", "$exists($states.input.a)", "1 in $states.input.list"]
    ).map("{{% {} %}}".format),
    expressions,
)

COMPARED = {
    "String": texts, "Numeric": st.integers(-3, 5) | st.floats(-5, 5),
    "Timestamp": st.sampled_from(STAMPS), "Boolean": st.booleans(),
}  # fmt: skip
ORDERS = ("Equals", "LessThan", "GreaterThan", "LessThanEquals", "GreaterThanEquals")


@st.composite
def rules(draw, depth=2):
    """Every operator of JSONPath choice rules."""
    kind = draw(st.sampled_from(["compare", "path", "is", "match", "combine"]))
    if kind == "combine" and depth:
        key = draw(st.sampled_from(["And", "Or", "Not"]))
        if key == "Not":
            return {key: draw(rules(depth - 1))}
        return {key: draw(st.lists(rules(depth - 1), min_size=1, max_size=3))}
    rule = {"Variable": draw(paths)}
    if kind in ("compare", "path"):
        word = draw(st.sampled_from(sorted(COMPARED)))
        order = "Equals" if word == "Boolean" else draw(st.sampled_from(ORDERS))
        if kind == "path":
            return rule | {f"{word}{order}Path": draw(references)}
        return rule | {f"{word}{order}": draw(COMPARED[word])}
    if kind == "match":
        return rule | {"StringMatches": draw(st.sampled_from(["*", "a*", "*a\\*", "\\\\", "a"]))}
    words = ("IsPresent", "IsNull", "IsNumeric", "IsString", "IsBoolean", "IsTimestamp")
    return rule | {draw(st.sampled_from(words)): draw(st.booleans())}


plain = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(-3, 12), st.sampled_from(["", "a", "x{}"])),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(st.sampled_from(["k", "l", "odd key"]), inner, max_size=3),
    ),
    max_leaves=6,
)


@st.composite
def templates(draw, depth=2):
    """A payload template of JSONPath: an object."""
    made = {}
    for name in draw(st.lists(st.sampled_from(["k", "l", "m m"]), unique=True, max_size=3)):
        if draw(st.booleans()):
            made[f"{name}.$"] = draw(dynamic)
        elif depth and draw(st.booleans()):
            inner = templates(depth - 1)
            made[name] = draw(st.one_of(inner, st.lists(inner, max_size=2)))
        else:
            made[name] = draw(plain)
    return made


def jsonata_values(depth=2):
    """What Output and Arguments may be: any JSON with expressions in it."""
    return st.recursive(
        st.one_of(expressions, st.none(), st.booleans(), st.integers(-3, 12), st.just("text")),
        lambda inner: st.one_of(
            st.lists(inner, max_size=2),
            st.dictionaries(st.sampled_from(["k", "l"]), inner, max_size=2),
        ),
        max_leaves=2 * depth,
    )


@st.composite
def retriers(draw):
    made = []
    for _ in range(draw(st.integers(0, 2))):
        retrier = {
            "ErrorEquals": draw(
                st.lists(st.sampled_from(ERRORS), min_size=1, max_size=2, unique=True)
            )
        }
        retrier |= draw(
            st.fixed_dictionaries(
                {},
                optional={
                    "IntervalSeconds": st.integers(1, 5), "MaxAttempts": st.integers(0, 3),
                    "BackoffRate": st.sampled_from([1, 1.5, 2.0]),
                    "MaxDelaySeconds": st.integers(6, 10), "JitterStrategy": st.sampled_from(["FULL", "NONE"]),
                },
            )
        )  # fmt: skip
        made.append(retrier)
    if draw(st.booleans()):
        made.append({"ErrorEquals": ["States.ALL"], "MaxAttempts": 1})
    return made


class Machines:
    """Draws definitions: `language` is the machine's; a state may be JSONata within JSONPath."""

    def __init__(self, draw, language):
        self.draw = draw
        self.language = language
        self.made = 0

    def pick(self, *options):
        return self.draw(st.sampled_from(options))

    def maybe(self, strategy, chance=3):
        """A value, or None two times of three."""
        return self.draw(strategy) if self.draw(st.integers(1, chance)) == 1 else None

    def definition(self):
        made = self.graph(2, 0)
        if self.language == "JSONata":
            made["QueryLanguage"] = "JSONata"
        if (seconds := self.maybe(st.integers(1, 100))) is not None:
            made["TimeoutSeconds"] = seconds
        if (comment := self.maybe(st.just("made"))) is not None:
            made["Comment"] = comment
        return made

    def graph(self, depth, level):
        names = []
        for _ in range(self.draw(st.integers(1, 4))):
            self.made += 1
            names.append(f"S{self.made}")
        states = {}
        for at, name in enumerate(names):
            states[name] = self.state(names, at, depth, level)
        return {"StartAt": names[0], "States": states}

    def state(self, names, at, depth, level):
        kinds = ["Pass", "Task", "Wait"]
        # Some state has to end, and a Choice cannot.
        kinds += ["Choice", "Choice"] if at + 1 < len(names) else ["Succeed", "Fail"]
        kind = self.pick(*kinds, *(["Parallel", "Map"] if depth else []))
        jsonata = self.language == "JSONata" or self.pick(True, False, False)
        state = {"Type": kind}
        if jsonata and self.language != "JSONata":
            state["QueryLanguage"] = "JSONata"
        if kind not in ("Choice", "Succeed", "Fail"):
            state |= self.onward(names, at)
        fill = self.jsonata_state if jsonata else self.jsonpath_state
        state |= fill(kind, names, depth, level)
        if kind in ("Task", "Parallel", "Map"):
            if (retry := self.maybe(retriers(), 2)) is not None:
                state["Retry"] = retry
            if self.pick(True, False):
                state["Catch"] = [self.catcher(names, level, jsonata=jsonata)]
        return state

    def onward(self, names, at):
        later = names[at + 1 :]
        if not later:
            return {"End": True}
        if self.pick(1, 2, 3, 4, 5, 6) == 1:
            return {"Next": self.pick(*names)}  # perhaps a loop
        return {"Next": later[0]}

    def optional(self, chance=3, **strategies):
        found = {name: self.maybe(strategy, chance) for name, strategy in strategies.items()}
        return {name: value for name, value in found.items() if value is not None}

    def rarely(self, **strategies):
        return self.optional(8, **strategies)

    def often(self, **strategies):
        """Whatever the path: results that replace all data leave little for later states."""
        made = {name: self.draw(strategy) for name, strategy in strategies.items()}
        return {} if self.pick(*range(8)) == 0 else made

    def assign(self, level, *, jsonata):
        """An inner graph cannot assign what an outer one does: every level has its own names."""
        if jsonata:
            return st.fixed_dictionaries({f"v{level}": jsonata_values()})
        return st.fixed_dictionaries({f"v{level}.$": dynamic})

    def catcher(self, names, level, *, jsonata):
        errors = self.pick(["States.ALL"], ["Mine", "States.Timeout"], ["States.TaskFailed"])
        made = {"ErrorEquals": errors, "Next": self.pick(*names)}
        made |= self.optional(Assign=self.assign(level, jsonata=jsonata))
        if jsonata:
            caught = st.just("{% $merge([$states.input, {'e': $states.errorOutput}]) %}")
            return made | self.optional(Output=caught)
        return made | self.optional(ResultPath=st.sampled_from(["$.e", "$", "$.b.e"]))

    def jsonpath_state(self, kind, names, depth, level):
        state = {}
        if kind != "Fail":
            state |= self.rarely(InputPath=paths, OutputPath=paths)
        if kind not in ("Succeed", "Fail"):
            state |= self.optional(Assign=self.assign(level, jsonata=False))
        if kind in ("Pass", "Task", "Parallel", "Map"):
            state |= self.often(
                ResultPath=st.sampled_from(["$.r", "$.a", "$.b.r", "$.list[0]", "$"])
            )
        if kind in ("Pass", "Task", "Parallel"):
            state |= self.rarely(Parameters=templates())
        if kind in ("Task", "Parallel", "Map"):
            state |= self.optional(ResultSelector=templates())
        match kind:
            case "Pass":
                state |= self.optional(Result=plain)
            case "Task":
                state["Resource"] = RESOURCE
                state |= self.optional(TimeoutSeconds=st.integers(2, 9))
                if "TimeoutSeconds" not in state:
                    state |= self.optional(TimeoutSecondsPath=references)
            case "Wait":
                form = self.pick("Seconds", "SecondsPath", "Timestamp", "TimestampPath")
                forms = {"Seconds": st.integers(0, 9), "Timestamp": st.sampled_from(STAMPS)}
                state[form] = self.draw(forms.get(form, references))
            case "Choice":
                state |= self.choices(rules(), names, level, jsonata=False)
            case "Fail":
                state |= self.failure(references)
            case "Parallel":
                state["Branches"] = [
                    self.graph(depth - 1, level + 1) for _ in range(self.pick(1, 2))
                ]
            case "Map":
                state |= self.optional(ItemsPath=st.sampled_from(["$.list", "$.a", "$v0", "$"]))
                state |= self.optional(ItemSelector=templates(), MaxConcurrencyPath=st.just("$.n"))
                state["ItemProcessor"] = self.processor(depth, level)
        return state

    def failure(self, path):
        state = {}
        for name in ("Error", "Cause"):
            state |= self.optional(**{name: texts.filter(lambda text: "{%" not in text)})
            if name not in state:
                state |= self.optional(**{f"{name}Path": path})
        return state

    def choices(self, conditions, names, level, *, jsonata):
        made = []
        for _ in range(self.draw(st.integers(1, 3))):
            rule = {"Condition": self.draw(conditions)} if jsonata else self.draw(conditions)
            rule = rule | {"Next": self.pick(*names)}
            made.append(rule | self.optional(Assign=self.assign(level, jsonata=jsonata)))
        return {"Choices": made} | self.optional(Default=st.sampled_from(names))

    def processor(self, depth, level):
        made = self.graph(depth - 1, level + 1)
        if self.pick(1, 2, 3) == 1:
            made["ProcessorConfig"] = {"Mode": "INLINE"}
        return made

    def jsonata_state(self, kind, names, depth, level):
        state = {}
        if kind != "Fail":
            kept = st.sampled_from(
                ["{% $merge([$states.input, {'x': 1}]) %}", "{% $states.input %}"]
            )
            state |= self.often(Output=kept | jsonata_values())
        if kind not in ("Succeed", "Fail"):
            state |= self.optional(Assign=self.assign(level, jsonata=True))
        if kind in ("Task", "Parallel"):
            state |= self.optional(Arguments=jsonata_values())
        match kind:
            case "Task":
                state["Resource"] = RESOURCE
                state |= self.optional(TimeoutSeconds=st.integers(2, 9) | expressions)
            case "Wait":
                form = self.pick("Seconds", "Timestamp")
                literal = st.integers(0, 9) if form == "Seconds" else st.sampled_from(STAMPS)
                state[form] = self.draw(literal | expressions)
            case "Choice":
                state |= self.choices(conditions, names, level, jsonata=True)
            case "Fail":
                state |= self.optional(Error=expressions, Cause=expressions | st.just("why"))
            case "Parallel":
                state["Branches"] = [
                    self.graph(depth - 1, level + 1) for _ in range(self.pick(1, 2))
                ]
            case "Map":
                listed = st.lists(jsonata_values(1), max_size=3)
                state |= self.optional(Items=expressions | listed, ItemSelector=jsonata_values(1))
                state |= self.optional(MaxConcurrency=st.integers(0, 3) | expressions)
                state["ItemProcessor"] = self.processor(depth, level)
        return state


@st.composite
def definitions(draw):
    """Definitions without a mistake, of all eight state types."""
    return Machines(draw, draw(st.sampled_from(["JSONPath", "JSONata"]))).definition()


def places(value, at=()):
    """Every place of a JSON value, outermost first."""
    yield at
    if isinstance(value, dict):
        for key, item in value.items():
            yield from places(item, (*at, key))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from places(item, (*at, index))


def replaced(value, place, new):
    if not place:
        return new
    first, rest = place[0], place[1:]
    copy = value.copy()
    copy[first] = replaced(value[first], rest, new)
    return copy


DAMAGE = st.one_of(
    values,
    paths,
    expressions,
    st.sampled_from(["$", "$$", "{%", "{% 1 + %}", "States.ALL", "S1", -1]),
)


@st.composite
def damaged(draw):
    """A definition with one to three places replaced by something else."""
    made = draw(definitions())
    chance = random.Random(draw(st.integers(0, 2**32)))
    for _ in range(draw(st.integers(1, 3))):
        made = replaced(made, chance.choice(list(places(made))), draw(DAMAGE))
        if not isinstance(made, dict | list):
            break
    return made
