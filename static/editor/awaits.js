// Awaits: a dotted line under each word at which another request may run.

import { StateEffect, StateField } from "@codemirror/state";
import { Decoration, EditorView } from "@codemirror/view";
import { offsetOf } from "./positions.js";

/** Takes `[{ line, column }]`, the places of the words. */
export const setAwaitMarks = StateEffect.define();

const mark = Decoration.mark({ class: "cm-await", attributes: { title: "Here another request may run." } });

export const awaitMarks = StateField.define({
  create: () => Decoration.none,
  update(marks, tr) {
    let next = tr.docChanged ? marks.map(tr.changes) : marks;
    for (const effect of tr.effects) if (effect.is(setAwaitMarks)) next = placedMarks(effect.value, tr.state.doc);
    return next;
  },
  provide: (field) => EditorView.decorations.from(field),
});

/** The text may have changed since the engine looked at it, so a place without a word gets no mark. */
function placedMarks(awaits, doc) {
  const ranges = [];
  for (const { line, column } of awaits) {
    const from = offsetOf(doc, line, column);
    const word = /^\w+/.exec(doc.sliceString(from, doc.lineAt(from).to));
    if (word) ranges.push(mark.range(from, from + word[0].length));
  }
  return Decoration.set(ranges, true);
}
