"use strict";
(() => {
  const PAGE = 200;
  const STATUSES = ["passed", "failed", "error"];
  const WORDS = { passed: "PASS", failed: "FAIL", error: "ERROR" };
  const index = JSON.parse(document.getElementById("index").textContent);
  const text = (number) => (number < 0 ? "" : index.texts[number]);
  const chunks = new Map();
  const $ = (id) => document.getElementById(id);
  const main = $("detail");

  // An element; attributes by name, listeners as functions; children are nodes or texts.
  function h(tag, attributes, ...children) {
    const made = document.createElement(tag);
    for (const [key, value] of Object.entries(attributes || {})) {
      if (typeof value === "function") made.addEventListener(key, value);
      else if (value === true) made.setAttribute(key, "");
      else if (value !== false && value !== null && value !== undefined) made.setAttribute(key, value);
    }
    for (const child of children.flat(3)) if (child !== null && child !== undefined) made.append(child);
    return made;
  }

  const counted = (number, what) => `${number.toLocaleString("en")} ${what}${number === 1 ? "" : "s"}`;

  // Microseconds as people read them: 0 s, 12.5 ms, 3 min 2 s, 6 d 23 h.
  function length(micros) {
    if (micros < 0) return `-${length(-micros)}`;
    if (micros === 0) return "0 s";
    if (micros < 1000) return `${micros} µs`;
    if (micros < 1e6) return `${+(micros / 1e3).toFixed(3)} ms`;
    if (micros < 6e7) return `${+(micros / 1e6).toFixed(3)} s`;
    const seconds = Math.round(micros / 1e6);
    const parts = [[86400, "d"], [3600, "h"], [60, "min"], [1, "s"]];
    let rest = seconds;
    const shown = [];
    for (const [size, unit] of parts) {
      const many = Math.floor(rest / size);
      rest -= many * size;
      if (many) shown.push(`${many} ${unit}`);
    }
    return shown.slice(0, 3).join(" ");
  }

  function pretty(value) {
    if (value === null || value === undefined) return "";
    try { return JSON.stringify(JSON.parse(value), null, 2); } catch { return String(value); }
  }

  function parsed(value) {
    try { return JSON.parse(value); } catch { return value; }
  }

  // A name that may be broken where its words end.
  const soft = (name) => String(name || "").split(/(?<=[a-z0-9:/._-])(?=[A-Z/])|(?<=[:/])/).flatMap((part, at) => (at ? [h("wbr"), part] : [part]));

  const pre = (value, kind) => h("pre", { tabindex: "0", class: kind }, pretty(value));

  // A value that is built when somebody opens it.
  function folded(label, make) {
    const inner = h("details", {}, h("summary", {}, label));
    inner.addEventListener("toggle", () => {
      if (inner.open && inner.childElementCount === 1) inner.append(...[make()].flat());
    });
    return inner;
  }

  // A table whose rows come in pages.
  function table(caption, columns, rows, make, kind = "muted") {
    const body = h("tbody");
    const heads = columns.map(([name, kind]) => h("th", { scope: "col", class: kind }, name));
    const made = h("table", {}, h("caption", { class: kind }, caption), h("thead", {}, h("tr", {}, heads)), body);
    const box = h("div", { class: "scroll", tabindex: "0", role: kind === "same" ? "group" : "region", "aria-label": caption }, made);
    const more = h("button", { type: "button", class: "more" }, "");
    let shown = 0;
    const grow = (until) => {
      const end = Math.min(rows.length, until);
      const piece = document.createDocumentFragment();
      for (; shown < end; shown += 1) piece.append(make(rows[shown], shown));
      body.append(piece);
      more.hidden = shown >= rows.length;
      more.textContent = `Show more (${(rows.length - shown).toLocaleString("en")} left)`;
    };
    more.addEventListener("click", () => grow(shown + PAGE));
    grow(PAGE);
    return { box: h("div", {}, box, more), body, reach: (at) => { if (at >= shown) grow(at + PAGE); } };
  }

  function section(id, title, ...children) {
    return h("section", { id, "aria-labelledby": `${id}-title` }, h("h3", { id: `${id}-title` }, title), children);
  }

  // -- the theme -----------------------------------------------------------------------------

  const theme = $("theme");
  const root = document.documentElement;
  const choose = (name) => { root.dataset.theme = name; theme.value = name; };
  try { choose(localStorage.getItem("replay-report-theme") || "system"); } catch { choose("system"); }
  theme.addEventListener("change", () => {
    choose(theme.value);
    try { localStorage.setItem("replay-report-theme", theme.value); } catch { /* a file may not keep */ }
  });

  // -- the list ------------------------------------------------------------------------------

  const scenarios = index.scenarios.map((row, number) => ({
    number, id: text(row[0]), title: text(row[1]), file: text(row[2]), status: STATUSES[row[3]],
    micros: row[4], path: text(row[5]), difference: text(row[6]), workflows: row[7].map(text),
    executions: row[8], chunk: row[9], group: row[10], row: row[11],
    sought: [row[0], row[1], row[2], row[5], row[6]].map(text).concat(row[7].map(text)).join("\n").toLowerCase(),
  }));
  // What went wrong comes first.
  const ordered = [...scenarios].sort((a, b) => (a.status === "passed") - (b.status === "passed") || a.number - b.number);
  let found = ordered;
  let listed = 0;
  let current = null;

  for (const status of STATUSES) {
    const box = h("input", { type: "checkbox", name: "status", value: status, checked: true });
    $("statuses").append(h("label", {}, box, ` ${WORDS[status]} (${index.counts[status]})`));
  }
  const names = [...new Set(scenarios.flatMap((one) => one.workflows))].sort();
  $("workflow").append(...names.map((name) => h("option", { value: name }, name)));

  function item(one) {
    const button = h("button", { type: "button", class: `row ${one.status}`, "data-number": one.number,
      "aria-current": current === one.number ? "true" : null, click: () => open(one.number, true) },
    h("span", { class: `word ${one.status}` }, WORDS[one.status]), ` ${one.id} `,
    h("small", {}, one.title || one.file), one.difference ? h("small", { class: "no" }, one.difference) : null);
    return h("li", {}, button);
  }

  function grow() {
    const end = Math.min(found.length, listed + PAGE);
    const piece = document.createDocumentFragment();
    for (; listed < end; listed += 1) piece.append(item(found[listed]));
    $("list").append(piece);
    $("more").hidden = listed >= found.length;
  }

  function filter() {
    const words = $("query").value.toLowerCase().split(/\s+/).filter(Boolean);
    const wanted = new Set([...document.querySelectorAll("[name=status]:checked")].map((box) => box.value));
    const workflow = $("workflow").value;
    found = ordered.filter((one) => wanted.has(one.status) && (!workflow || one.workflows.includes(workflow))
      && words.every((word) => one.sought.includes(word)));
    listed = 0;
    $("list").replaceChildren();
    grow();
    $("found").textContent = `${found.length.toLocaleString("en")} of ${counted(scenarios.length, "scenario")}`;
  }

  let timer = 0;
  $("filter").addEventListener("input", () => { clearTimeout(timer); timer = setTimeout(filter, 80); });
  $("filter").addEventListener("submit", (event) => { event.preventDefault(); filter(); });
  $("more").addEventListener("click", grow);
  if ("IntersectionObserver" in window) {
    new IntersectionObserver((seen) => { if (seen[0].isIntersecting && !$("more").hidden) grow(); }).observe($("more"));
  }

  // -- details -------------------------------------------------------------------------------

  async function unpacked(number) {
    if (!chunks.has(number)) {
      const raw = atob($(`chunk-${number}`).textContent);
      const bytes = Uint8Array.from(raw, (character) => character.charCodeAt(0));
      const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"));
      chunks.clear();  // one at a time is enough, and memory stays small
      chunks.set(number, JSON.parse(await new Response(stream).text()));
    }
    return chunks.get(number);
  }

  // A group's shape, filled with the row of one scenario: see chunks.py.
  function detailsOf(chunk, one) {
    const [shape, lists] = chunk.groups[one.group];
    const values = lists.flatMap((rows) => rows[one.row].split(" ")).map((value) => value.replace(/\\(.)/g, (_, kept) => (kept === "_" ? " " : kept)));
    const piece = (number) => chunk.pieces[number];
    const [about, details, ...texts] = shape.map((cell) => (typeof cell === "number" ? piece(cell)
      : cell.map((part, at) => (at % 2 ? values[part] : piece(part))).join("")));
    return { ...JSON.parse(about), details: JSON.parse(details), texts };
  }

  function mark(number) {
    current = number;
    for (const button of document.querySelectorAll("nav .row")) button.removeAttribute("aria-current");
    const chosen = number === null ? $("overview") : document.querySelector(`nav .row[data-number="${number}"]`);
    if (chosen) chosen.setAttribute("aria-current", "true");
  }

  async function open(number, focus) {
    const one = scenarios[number];
    if (!one) return overview(focus);
    mark(number);
    history.replaceState(null, "", `#scenario-${number}`);
    let whole = null;
    let trouble = null;
    if (one.chunk >= 0) {
      try {
        const chunk = await unpacked(one.chunk);
        whole = detailsOf(chunk, one);
      } catch (error) { trouble = error; }
    }
    if (current !== number) return undefined;  // somebody was faster
    main.replaceChildren(...scenario(one, whole, trouble));
    document.title = `${WORDS[one.status]} ${one.id} – Replay report`;
    if (focus) { main.focus({ preventScroll: true }); scrollTo(0, 0); }
    return undefined;
  }

  function scenario(one, whole, trouble) {
    const parts = [h("h2", {}, h("span", { class: `word ${one.status}` }, WORDS[one.status]), ` ${one.id} `, one.title)];
    if (!whole) {
      const why = trouble ? `The details could not be opened: ${trouble}. A browser of 2023 or later can.`
        : "This report would be too large with the details of every scenario: run this one alone.";
      return [...parts, h("p", { class: "muted" }, one.path), h("p", {}, why)];
    }
    const details = whole.details;
    parts.push(h("p", { class: "muted" }, `${whole.location} · virtual time ${length(one.micros)} · ${counted(one.executions, "execution")}`));
    parts.push(verdict(one, whole));
    if (details) {
      const say = (number) => (number < 0 ? null : whole.texts[number]);
      const rest = executions(details, say, whole).concat(world(details, say));
      const jump = rest.map((part) => h("li", {}, h("button", { type: "button", click: () => {
        part.scrollIntoView(); part.querySelector("h3").setAttribute("tabindex", "-1"); part.querySelector("h3").focus();
      } }, part.querySelector("h3").textContent)));
      parts.push(h("ul", { class: "jump", "aria-label": "Parts of this scenario" }, jump), ...rest);
    }
    parts.push(again(whole));
    return parts;
  }

  function verdict(one, whole) {
    const shown = whole.differences.map((found) => h("div", { class: "difference" }, h("h4", {}, found.where),
      found.text ? h("p", {}, found.text) : h("div", { class: "pair" },
        h("div", {}, "expected", h("pre", { class: "want", tabindex: "0" }, pretty(found.want))),
        h("div", {}, "got", h("pre", { class: "got", tabindex: "0" }, pretty(found.got)))),
      found.note ? h("p", { class: "muted" }, found.note) : null));
    const title = shown.length ? counted(shown.length, "difference") : "All as expected";
    return section("differences", title, shown.slice(0, PAGE),
      shown.length > PAGE ? h("p", {}, `… and ${shown.length - PAGE} more`) : null,
      whole.why ? h("p", {}, whole.why) : null,
      one.path ? h("p", {}, h("b", {}, "Path taken: "), one.path) : null,
      whole.left ? h("p", { class: "no" }, `${whole.left[0].toUpperCase()}${whole.left.slice(1)}.`) : null,
      whole.notes.map((note) => h("p", { class: "odd" }, `Note: ${note}`)));
  }

  function again(whole) {
    return section("again", "Run it again", h("p", {}, `Seed ${whole.seed}, ${counted(whole.orderings, "ordering")} tried, clock starts at ${whole.clock}.`),
      h("pre", { tabindex: "0", id: "command" }, whole.command),
      h("button", { type: "button", click: () => {
        const range = document.createRange();
        range.selectNodeContents($("command"));
        getSelection().removeAllRanges();
        getSelection().addRange(range);
        try { document.execCommand("copy"); } catch { /* it is selected: people can copy it */ }
      } }, "Select and copy the command"));
  }

  // -- executions ----------------------------------------------------------------------------

  function executions(details, say, whole) {
    if (!details.runs.length) return [];
    const diagram = section("diagram", "Diagram");
    const timeline = section("timeline", "Timeline on virtual time");
    const events = section("events", "Events");
    const about = h("div");
    const show = (number) => {
      const run = details.runs[number];
      about.replaceChildren(...summary(run, say));
      const drawn = diagramOf(say(run.workflow), run.states.map(([name, ...counts]) => [say(name), ...counts]),
        run.arrows.map(([name, kind, at, count]) => [say(name), say(kind), at, count]));
      const visits = visitsOf(run, say);
      const stepper = eventsOf(run, say, visits, drawn);
      diagram.replaceChildren(diagram.firstChild, ...drawn.nodes);
      events.replaceChildren(events.firstChild, ...stepper.nodes);
      timeline.replaceChildren(timeline.firstChild, ...timelineOf(run, visits, stepper.go));
    };
    const choice = h("select", { id: "run", change: () => show(Number(choice.value)) });
    details.runs.forEach((run, number) => choice.append(h("option", { value: number },
      `${number + 1}. ${say(run.workflow)} ${say(run.name)}: ${say(run.status)}`)));
    const wanted = details.runs.findIndex((run) => !["SUCCEEDED"].includes(say(run.status)));
    const first = whole.differences.length && wanted >= 0 ? wanted : 0;
    choice.value = String(first);
    show(first);
    return [section("runs", counted(details.runs.length, "execution"), h("label", { for: "run" }, "Shown below"), " ", choice, about),
      diagram, timeline, events];
  }

  function summary(run, say) {
    const status = say(run.status);
    const ended = run.end === null ? "still running" : `took ${length(run.end - run.start)}`;
    const parts = [h("p", {}, h("b", { class: status === "SUCCEEDED" ? "ok" : status === "RUNNING" ? "odd" : "no" }, status),
      ` · ${say(run.kind)} · started at ${length(run.start)}, ${ended} · ${counted(run.events.length, "event")}`,
      run.redrives ? ` · redriven ${run.redrives} times` : "", run.parent >= 0 ? ` · started by execution ${run.parent + 1}` : "")];
    if (run.error >= 0 || run.cause >= 0) parts.push(h("p", { class: "no" }, say(run.error) || "no error name"), pre(say(run.cause)));
    parts.push(h("div", { class: "pair" }, folded("Input", () => pre(say(run.input))),
      run.output < 0 ? null : folded("Output", () => pre(say(run.output)))));
    return parts;
  }

  // -- diagrams ------------------------------------------------------------------------------

  const workflows = new Map(index.workflows.map((one, number) => [one.name, { ...one, number }]));

  function diagramOf(name, states, arrows) {
    const workflow = workflows.get(name);
    const nothing = (why) => ({ nodes: [h("p", { class: "muted" }, why)], highlight: () => {}, centre: () => {} });
    if (!workflow) return nothing("This workflow is not one of the project's own.");
    if (!workflow.diagram) return nothing("No diagrams in this report: pip install 'stepfunctions-simulator[draw]'.");
    const svg = $(`diagram-${workflow.number}`).content.firstElementChild.cloneNode(true);
    overlay(svg, states, arrows);
    // A large one is scrolled: shrunk to the width nobody could read it.
    const [width, height] = ["width", "height"].map((side) => Number(svg.getAttribute(side)));
    const box = h("div", { class: "diagram", tabindex: "0", role: "region", "aria-label": `Diagram of ${name}` }, svg);
    const zoom = h("select", { change: () => {
      const scale = zoom.value === "fit" ? 1 : Number(zoom.value);
      svg.setAttribute("width", width * scale);
      svg.setAttribute("height", height * scale);
      box.classList.toggle("fit", zoom.value === "fit");
      centre();
    } }, [["fit", "Fit to the width"], ["0.5", "50 %"], ["0.75", "75 %"], ["1", "100 %"], ["1.5", "150 %"]].map(([value, label]) => h("option", { value }, label)));
    zoom.value = width < 1.4 * (main.clientWidth - 80) ? "fit" : "1";
    box.classList.toggle("fit", zoom.value === "fit");
    const begins = states.length ? states[0][0] : null;
    const boxes = new Map([...svg.querySelectorAll("[data-state]")].map((one) => [one.dataset.state, one]));
    const rows = table(`States of ${name}`, [["State"], ["Visits", "n"], ["Failed", "n"], ["Caught", "n"], ["Retried", "n"], ["Timed out", "n"], ["Time in it", "n"]],
      [...boxes.keys()].map((state) => states.find((one) => one[0] === state) || [state, 0, 0, 0, 0, 0, 0]),
      (row) => h("tr", {}, h("th", { scope: "row" }, row[0]), row.slice(1, 6).map((count) => h("td", { class: "n" }, count)), h("td", { class: "n" }, length(row[6]))));
    // What is looked at stands in the middle: the state of the event, else where it starts.
    const centre = () => {
      const one = svg.querySelector(".now") || boxes.get(begins) || svg.querySelector(".visited, [data-state]");
      if (!one) return;
      const [seen, frame] = [one.getBoundingClientRect(), box.getBoundingClientRect()];
      box.scrollLeft += seen.left + seen.width / 2 - frame.left - frame.width / 2;
      box.scrollTop += seen.top + seen.height / 2 - frame.top - frame.height / 2;
    };
    return {
      nodes: [h("label", { class: "zoom" }, "Zoom ", zoom), box, folded("The same as a table", () => rows.box)],
      centre,
      highlight: (state) => {
        for (const one of svg.querySelectorAll(".now")) one.classList.remove("now");
        if (boxes.has(state)) boxes.get(state).classList.add("now");
        centre();
      },
    };
  }

  function overlay(svg, states, arrows) {
    const marks = new Map(states.map(([name, ...counts]) => [name, counts]));
    const space = svg.namespaceURI;
    const element = (tag, attributes, inner) => {
      const made = document.createElementNS(space, tag);
      for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
      if (inner !== undefined) made.textContent = inner;
      return made;
    };
    for (const box of svg.querySelectorAll("[data-state]")) {
      const [visits = 0, failed = 0, caught = 0, retried = 0, timedOut = 0, micros = 0] = marks.get(box.dataset.state) || [];
      const classes = [["visited", visits], ["never", !visits], ["retried", retried], ["caught", caught], ["failed", failed], ["timed-out", timedOut]];
      for (const [name, wanted] of classes) box.classList.toggle(name, Boolean(wanted));
      const words = visits ? [counted(visits, "visit"), failed && `${failed} failed`, caught && `${caught} caught`, retried && `${retried} retried`,
        timedOut && `${timedOut} timed out`, length(micros)].filter(Boolean).join(", ") : "never visited";
      const title = box.querySelector("title");
      if (title) title.textContent += `\n${words}`;
      const body = box.querySelector(".body");
      if (!visits || !body) continue;
      const width = 10 + 6 * String(visits).length;
      const x = Number(body.getAttribute("x")) + Number(body.getAttribute("width")) - width + 6;
      const y = Number(body.getAttribute("y")) - 8;
      box.append(element("rect", { class: "badge", x, y, width, height: 15, rx: 7.5 }),
        element("text", { x: x + width / 2, y: y + 11, "text-anchor": "middle" }, visits));
    }
    const taken = new Map(arrows.map(([name, kind, at, count]) => [`${name}\n${kind}\n${at}`, count]));
    for (const arrow of svg.querySelectorAll("[data-from]")) {
      const count = taken.get(`${arrow.dataset.from}\n${arrow.dataset.kind}\n${arrow.dataset.index}`) || 0;
      arrow.classList.add(count ? "taken" : "not-taken");
      const title = arrow.querySelector("title");
      if (title) title.textContent += `: taken ${counted(count, "time")}`;
    }
  }

  // -- what happened, state by state ---------------------------------------------------------

  const ENDS = /(Succeeded|Failed|TimedOut|Aborted)$/;

  // Stays in states with their lanes: a Parallel branch or a Map iteration is a lane of its own.
  function visitsOf(run, say) {
    const visits = [];
    const lanes = [{ label: "Workflow", owner: -1, depth: 0, inner: [] }];
    const of = [-1];
    const lane = [0];
    const branches = new Map();
    // A lane inside another tells the whole way to it.
    const opened = (outer, owner, label) => {
      const above = lanes[outer].depth ? `${lanes[outer].label} → ` : "";
      const at = lanes.push({ label: `${above}${visits[owner].state}: ${label}`, owner, depth: lanes[outer].depth + 1, inner: [] }) - 1;
      lanes[outer].inner.push(at);
      return at;
    };
    run.events.forEach((event, at) => {
      const id = at + 1;
      const [kind, previous, when, state] = [say(event[0]), event[1], event[2], say(event[3])];
      const before = of[previous] === undefined ? -1 : of[previous];
      const back = previous ? say(run.events[previous - 1][0]) : "";
      let own = lane[previous] || 0;
      if (kind.endsWith("StateEntered")) {
        if (back === "ParallelStateStarted") {
          const number = (branches.get(previous) || 0) + 1;
          branches.set(previous, number);
          own = opened(own, before, `branch ${number}`);
        }
        of[id] = visits.push({ state, kind: kind.replace("StateEntered", ""), lane: own, around: lanes[own].owner, from: when, until: when,
          entered: at, left: -1, tries: [], failed: false, error: "" }) - 1;
        lane[id] = own;
        return;
      }
      let visit = before;
      if (state !== null) while (visit >= 0 && visits[visit].state !== state) visit = visits[visit].around;
      of[id] = visit;
      lane[id] = kind.startsWith("MapIteration") || visit < 0 ? own : visits[visit].lane;
      if (kind === "MapIterationStarted" && visit >= 0) {
        lane[id] = opened(visits[visit].lane, visit, `item ${memberOf(event, say, "index")}`);
      }
      if (visit < 0) return;
      const one = visits[visit];
      one.until = Math.max(one.until, when);
      note(one, kind, when, event, say, at);
    });
    return { visits, lanes, of };
  }

  function note(one, kind, when, event, say, at) {
    if (kind.endsWith("StateExited")) { one.left = at; one.failed = false; return; }
    if (/Scheduled$/.test(kind) || kind === "ParallelStateStarted" || kind === "MapStateStarted" || kind === "MapRunStarted") {
      one.tries.push({ from: when, until: when, how: "", error: "" });
    } else if (ENDS.test(kind) && !kind.startsWith("MapIteration")) {
      const last = one.tries[one.tries.length - 1];
      const how = ENDS.exec(kind)[1];
      one.failed = how !== "Succeeded";
      one.error = one.failed ? memberOf(event, say, "error") || "" : "";
      if (last) Object.assign(last, { until: when, how, error: memberOf(event, say, "error") || "" });
    } else if (kind === "EvaluationFailed") one.failed = true;
  }

  function memberOf(event, say, name) {
    for (let at = 4; at < event.length; at += 2) if (say(event[at]) === name) return say(event[at + 1]);
    return null;
  }

  function timelineOf(run, known, go) {
    const last = run.events.reduce((most, event) => Math.max(most, event[2]), run.start);
    const total = last - run.start;
    const rows = [];
    const laned = (number) => {
      const lane = known.lanes[number];
      const inside = known.visits.filter((visit) => visit.lane === number);
      if (inside.length) rows.push({ lane });
      for (const visit of inside) {
        rows.push({ visit, depth: lane.depth });
        if (visit.tries.length > 1) visit.tries.forEach((one, nth) => rows.push({ visit, one, nth, depth: lane.depth }));
      }
      lane.inner.forEach(laned);
    };
    laned(0);
    const order = Math.max(1, run.events.length);
    const scale = (from, until, visit) => (total
      ? [100 * (from - run.start) / total, 100 * (until - from) / total]
      : [100 * visit.entered / order, 100 * ((visit.left < 0 ? order : visit.left) - visit.entered) / order]);
    const bar = (from, until, visit, bad) => {
      const [left, width] = scale(from, until, visit);
      const piece = h("i", { class: bad ? "no" : "" });
      piece.style.left = `${Math.min(left, 98.5)}%`;
      piece.style.width = `${Math.max(0, Math.min(width, 100 - left))}%`;
      return h("div", { class: "bars", "aria-hidden": "true" }, piece);
    };
    const made = table(total ? `${length(total)} of virtual time from left to right` : "No virtual time passed: the bars show the order of events",
      [["State"], ["Begins", "n"], ["Takes", "n"], ["When"]], rows, (row) => {
        if (row.lane) return h("tr", { class: "lane" }, h("th", { colspan: 4, scope: "rowgroup" }, row.lane.label));
        const cell = h("td", {});
        cell.style.paddingLeft = `${8 + 16 * row.depth + (row.one ? 16 : 0)}px`;
        const [from, until] = row.one ? [row.one.from, row.one.until] : [row.visit.from, row.visit.until];
        const bad = row.one ? row.one.how && row.one.how !== "Succeeded" : row.visit.failed;
        if (row.one) cell.append(`attempt ${row.nth + 1}: ${row.one.how || "no end"} ${row.one.error}`);
        else cell.append(h("button", { type: "button", class: "link", click: () => go(row.visit.entered, true) }, soft(row.visit.state)),
          bad ? ` (failed${row.visit.error ? `: ${row.visit.error}` : ""})` : "");
        return h("tr", { class: row.one ? "try" : "" }, cell, h("td", { class: "n" }, length(from - run.start)),
          h("td", { class: "n" }, length(until - from)), h("td", {}, bar(from, until, row.visit, bad)));
      });
    return [made.box];
  }

  // -- events --------------------------------------------------------------------------------

  function eventsOf(run, say, known, drawn) {
    const panel = h("div", { id: "event", "aria-live": "polite" });
    let at = -1;
    const rows = [];
    const made = table("Events of the execution", [["Id", "n"], ["Type"], ["State"], ["At", "n"]], run.events, (event, number) => {
      const row = h("tr", {}, h("td", { class: "n" }, number + 1),
        h("td", {}, h("button", { type: "button", class: "link", click: () => go(number) }, soft(say(event[0])))),
        h("td", {}, soft(say(event[3]))), h("td", { class: "n" }, length(event[2] - run.start)));
      rows[number] = row;
      if (number === at) row.classList.add("chosen");
      return row;
    });
    const first = h("button", { type: "button", click: () => go(0) }, "First");
    const previous = h("button", { type: "button", click: () => go(at - 1) }, "Previous event");
    const next = h("button", { type: "button", click: () => go(at + 1) }, "Next event");
    const place = h("span", { role: "status" });
    const go = (number, jump) => {
      if (number < 0 || number >= run.events.length) return;
      if (rows[at]) { rows[at].classList.remove("chosen"); rows[at].removeAttribute("aria-current"); }
      at = number;
      made.reach(at);
      rows[at].classList.add("chosen");
      rows[at].setAttribute("aria-current", "true");
      const box = made.body.parentElement.parentElement;
      const top = rows[at].offsetTop - box.offsetTop;
      if (top < box.scrollTop + 40 || top > box.scrollTop + box.clientHeight - 40) box.scrollTop = top - box.clientHeight / 2;
      previous.disabled = first.disabled = at === 0;
      next.disabled = at === run.events.length - 1;
      place.textContent = `Event ${at + 1} of ${run.events.length}`;
      const state = say(run.events[at][3]);
      drawn.highlight(state);
      panel.replaceChildren(...eventPanel(run, say, known, at));
      if (jump) { $("events").scrollIntoView(); next.focus(); }
    };
    const box = h("div", { class: "pair", keydown: (event) => {
      const step = { j: 1, k: -1 }[event.key];
      if (step && !event.ctrlKey && !event.metaKey && !event.altKey) { event.preventDefault(); go(at + step); }
    } }, made.box, h("div", {}, h("div", { class: "steps" }, first, previous, next, place),
      h("p", { class: "muted" }, "In this part j is the next event and k the previous one."), panel));
    if (run.events.length) queueMicrotask(() => go(0));
    return { nodes: [box], go };
  }

  function eventPanel(run, say, known, at) {
    const event = run.events[at];
    const parts = [h("h4", {}, `${at + 1} ${say(event[0])}`), h("p", { class: "muted" },
      `${say(event[3]) ? `State ${say(event[3])} · ` : ""}at ${length(event[2] - run.start)} · follows ${event[1] || "nothing"}`)];
    for (let place = 4; place < event.length; place += 2) {
      parts.push(h("div", {}, h("b", {}, say(event[place])), pre(say(event[place + 1]))));
    }
    const visit = known.visits[known.of[at + 1]];
    if (visit && visit.left >= 0) {
      const before = memberOf(run.events[visit.entered], say, "input");
      const after = memberOf(run.events[visit.left], say, "output");
      parts.push(h("h4", {}, `What ${visit.state} changed`), changes(before, after));
      const assigned = memberOf(run.events[visit.left], say, "assignedVariables");
      if (assigned !== null) parts.push(h("h4", {}, `Variables ${visit.state} assigned`), variables(assigned));
    }
    return parts;
  }

  // Their values are JSON texts of their own.
  function variables(assigned) {
    const found = Object.entries(parsed(assigned));
    return table("Variables and their values", [["Variable"], ["Value"]], found,
      ([name, value]) => h("tr", {}, h("th", { scope: "row" }, name), h("td", {}, pre(value)))).box;
  }

  // Places at which two values differ.
  function differences(was, is, place, found) {
    if (found.length > 500 || JSON.stringify(was) === JSON.stringify(is)) return found;
    const both = (test) => test(was) && test(is);
    if (both((one) => one !== null && typeof one === "object") && Array.isArray(was) === Array.isArray(is)) {
      for (const key of new Set([...Object.keys(was), ...Object.keys(is)])) {
        const inner = Array.isArray(was) ? `${place}[${key}]` : /^[A-Za-z_]\w*$/.test(key) ? `${place}.${key}` : `${place}[${JSON.stringify(key)}]`;
        if (!(key in was)) found.push(["added", inner, undefined, is[key]]);
        else if (!(key in is)) found.push(["removed", inner, was[key], undefined]);
        else differences(was[key], is[key], inner, found);
      }
    } else found.push(["changed", place, was, is]);
    return found;
  }

  function changes(before, after) {
    const found = differences(parsed(before), parsed(after), "$", []);
    if (!found.length) return h("p", {}, "Nothing: the output is the input.");
    const shown = (value) => (value === undefined ? "" : h("code", {}, JSON.stringify(value)));
    const made = table("From the state's input to its output", [["How"], ["Where"], ["Input"], ["Output"]], found,
      ([how, where, was, is]) => h("tr", { class: how }, h("td", {}, how), h("td", {}, h("code", {}, where)), h("td", {}, shown(was)), h("td", {}, shown(is))));
    made.box.classList.add("diff");
    return made.box;
  }

  // -- around the executions -----------------------------------------------------------------

  function world(details, say) {
    const value = (label, number) => h("td", {}, number < 0 ? "" : folded(label, () => pre(say(number))));
    const time = (micros) => h("td", { class: "n" }, length(micros));
    const word = (number, kind) => h("td", { class: kind }, soft(say(number)));
    const parts = [];
    const add = (id, rows, title, columns, make) => {
      if (rows.length) parts.push(section(id, counted(rows.length, title), table(counted(rows.length, title), columns, rows, make, "same").box));
    };
    add("calls", details.calls, "AWS call", [["At", "n"], ["Latency", "n"], ["By"], ["Call"], ["Error"], ["Parameters"], ["Result"]],
      (row) => h("tr", {}, time(row[0]), time(row[1]), word(row[2]), word(row[3]), word(row[4], "no"), value("parameters", row[5]), value("result", row[6])));
    add("http", details.http, "HTTP call", [["At", "n"], ["Latency", "n"], ["By"], ["Call"], ["Status", "n"], ["Request"], ["Answer"]],
      (row) => h("tr", {}, time(row[0]), time(row[1]), word(row[2]), word(row[3], "long"), h("td", { class: row[4] < 0 || row[4] > 399 ? "n no" : "n" }, row[4] < 0 ? "timed out" : row[4]),
        value("request", row[5]), value("answer", row[6])));
    add("functions", details.functions, "function call", [["At", "n"], ["Took", "n"], ["Function"], ["Error"], ["Payload"], ["Result"], ["Log"]],
      (row) => h("tr", {}, time(row[0]), time(row[1]), word(row[2]), word(row[3], "no"), value("payload", row[4]), value("result", row[5]),
        h("td", {}, say(row[6]) ? folded("log", () => h("pre", { tabindex: "0" }, say(row[6]))) : "")));
    add("messages", details.messages, "message", [["At", "n"], ["Kind"], ["To"], ["Content"], ["Sent by"], ["Error"]],
      (row) => h("tr", {}, time(row[0]), word(row[1]), word(row[2], "long"), value("content", row[3]), word(row[4]), word(row[5], "no")));
    add("routed", details.routed, "bus event", [["At", "n"], ["Bus"], ["Rules"], ["Event"]],
      (row) => h("tr", {}, time(row[0]), word(row[1]), h("td", {}, say(row[2]) || "no rule wanted it"), value("event", row[3])));
    add("arrivals", details.arrivals, "arrival", [["At", "n"], ["Kind"], ["Step"]],
      (row) => h("tr", {}, time(row[0]), word(row[1]), value("step", row[2])));
    add("answers", details.answers, "HTTP answer", [["Status", "n"], ["Body"]],
      (row) => h("tr", {}, h("td", { class: "n" }, row[0]), value("body", row[1])));
    return parts;
  }

  // -- the suite -----------------------------------------------------------------------------

  const percent = (figure) => (figure.total ? [`${figure.percent} %`, h("small", { class: "muted" }, `${figure.taken} of ${figure.total}`)] : "none there");

  function overview(focus) {
    mark(null);
    history.replaceState(null, "", "#suite");
    document.title = "Replay report";
    const cards = [...STATUSES.map((status) => [index.counts[status], WORDS[status], status]), [index.executions, "executions", ""]];
    const parts = [h("h2", {}, "Suite summary"), section("counts", counted(scenarios.length, "scenario"), h("ul", { class: "cards" },
      cards.map(([number, name, kind]) => h("li", {}, h("b", {}, number.toLocaleString("en")), h("span", { class: `word ${kind}` }, name)))),
    index.without_details ? h("p", { class: "odd" }, `${counted(index.without_details, "scenario")} without details: with all of them this file would be too large.`) : null)];
    const wrong = ordered.filter((one) => one.status !== "passed");
    if (wrong.length) parts.push(section("wrong", "What went wrong", table("Scenarios that did not pass", [["Scenario"], ["First difference"]], wrong,
      (one) => h("tr", {}, h("td", {}, h("button", { type: "button", class: "link", click: () => open(one.number, true) }, `${one.id} ${one.title}`)), h("td", {}, one.difference))).box));
    if (index.coverage) parts.push(coverage(index.coverage));
    parts.push(section("workflows", "Workflows", index.workflows.map((one) => folded(`${one.name}: ${counted(one.executions, "execution")}`,
      () => {
        const drawn = diagramOf(one.name, one.states, one.arrows);
        requestAnimationFrame(drawn.centre);
        return drawn.nodes;
      }))));
    main.replaceChildren(...parts);
    if (focus) main.focus({ preventScroll: true });
  }

  function coverage(found) {
    const kinds = Object.keys(found.figures);
    const rows = [["all workflows", found.figures], ...Object.entries(found.workflows)];
    return section("coverage", "Coverage", table("Taken, of all there are", [["Workflow"], ...kinds.map((kind) => [kind === "all" ? kind : `${kind}s`, "n"])], rows,
      ([name, figures]) => h("tr", {}, h("th", { scope: "row" }, name), kinds.map((kind) => h("td", { class: "n" }, percent(figures[kind]))))).box,
    found.missing.length ? folded(`${found.missing.length} never taken`, () => table("Never taken", [["Workflow"], ["What"], ["Where"]], found.missing,
      (row) => h("tr", {}, row.map((cell) => h("td", {}, cell)))).box) : h("p", {}, "Nothing is missing."));
  }

  // -- the beginning -------------------------------------------------------------------------

  $("overview").addEventListener("click", () => overview(true));
  const bad = index.counts.failed + index.counts.error;
  $("verdict").textContent = bad ? `${counted(bad, "scenario")} of ${scenarios.length} did not pass` : `${counted(scenarios.length, "scenario")} passed`;
  $("verdict").classList.add(bad ? "no" : "ok");
  const visit = () => {
    const wanted = /^#scenario-(\d+)$/.exec(location.hash);
    if (wanted) open(Number(wanted[1]), false);
    else overview(false);
  };
  addEventListener("hashchange", visit);
  filter();
  visit();
})();
