// How often each line ran: the column beside the line numbers, and the soft red of the hot lines.
//
// A count belongs to a line's text. It moves with its line and goes away when that text is changed, because
// the changed line has not run yet.

import { syntaxTree } from "@codemirror/language";
import { MapMode, RangeSet, StateEffect, StateField } from "@codemirror/state";
import { Decoration, EditorView, GutterMarker, gutter, gutterLineClass } from "@codemirror/view";
import { diagnosticMarkers } from "./diagnostics.js";
import { startOfText } from "./positions.js";

/** Takes `[{ line, count, hot }]`, at most one a line. */
export const setLineCounts = StateEffect.define();

const exact = new Intl.NumberFormat("en");
const rounded = new Intl.NumberFormat("en", { notation: "compact", maximumFractionDigits: 1 });

class CountMarker extends GutterMarker {
  constructor(count, hot) {
    super();
    this.count = count;
    this.hot = hot;
    this.elementClass = hot ? "cm-count-hot" : "";
  }
  eq(other) {
    return other.count === this.count && other.hot === this.hot;
  }
  toDOM() {
    const text = document.createElement("span");
    text.textContent = `${(this.count < 100_000 ? exact : rounded).format(this.count)}×`;
    text.title = this.count === 1 ? "ran once in the last run" : `ran ${exact.format(this.count)} times in the last run`;
    return text;
  }
}

const hotLine = Decoration.line({ class: "cm-hot" });

const hotGutter = new (class extends GutterMarker {
  elementClass = "cm-gutter-hot";
})();

/** The counts in order, each `at` its line's first character that is no space, and what of them is drawn. */
const countField = StateField.define({
  create: () => ({ counts: [], markers: RangeSet.empty, lines: Decoration.none, gutters: RangeSet.empty }),
  update(value, tr) {
    let { counts } = value;
    if (tr.docChanged && counts.length) counts = movedCounts(counts, tr);
    for (const effect of tr.effects) if (effect.is(setLineCounts)) counts = placedCounts(effect.value, tr.state.doc);
    return counts === value.counts ? value : drawn(counts, tr.state);
  },
  provide: (field) => [
    EditorView.decorations.from(field, (value) => value.lines),
    gutterLineClass.from(field, (value) => value.gutters),
  ],
});

const countGutter = gutter({
  class: "cm-counts",
  markers: (view) => [view.state.field(countField).markers, diagnosticMarkers(view.state)],
  initialSpacer: () => new CountMarker(1000, false),
});

/** The counts as an extension, with the column that also carries the marks of mistakes. */
export const lineCounts = [countField, countGutter];

function placedCounts(counts, doc) {
  return counts
    .filter(({ line }) => line >= 1 && line <= doc.lines)
    .map(({ line, count, hot }) => ({ at: startOfText(doc.line(line)), count, hot }))
    .sort((one, other) => one.at - other.at);
}

function movedCounts(counts, tr) {
  const moved = [];
  for (const count of counts) {
    const at = tr.changes.mapPos(count.at, 1, MapMode.TrackAfter);
    if (at === null) continue;
    if (tr.state.doc.lineAt(at).text === tr.startState.doc.lineAt(count.at).text) moved.push({ ...count, at });
  }
  return moved;
}

function drawn(counts, state) {
  const hot = [...new Set(counts.filter((count) => count.hot).flatMap(({ at }) => linesOfStatement(state, at)))];
  return {
    counts,
    markers: RangeSet.of(counts.map(({ at, count, hot }) => new CountMarker(count, hot).range(state.doc.lineAt(at).from))),
    lines: Decoration.set(hot.map((at) => hotLine.range(at)), true),
    gutters: RangeSet.of(hot.map((at) => hotGutter.range(at)), true),
  };
}

/** Where the lines of the simple statement at an offset begin: an await over three lines is hot on all three. */
function linesOfStatement(state, at) {
  const first = state.doc.lineAt(at);
  let end = first.to;
  for (let node = syntaxTree(state).resolveInner(at, 1); node && node.from >= at; node = node.parent) {
    if (/^(Assign|Expression|Return|Update|Raise)Statement$/.test(node.name)) end = node.to;
  }
  const starts = [];
  for (let line = first; line.from <= end; line = state.doc.line(line.number + 1)) {
    starts.push(line.from);
    if (line.number === state.doc.lines) break;
  }
  return starts;
}
