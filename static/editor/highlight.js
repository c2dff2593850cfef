// One marked line: where a request stands, or what a row of the evidence is about. An edit takes the mark away.

import { StateEffect, StateField } from "@codemirror/state";
import { Decoration, EditorView } from "@codemirror/view";
import { clampedLine } from "./positions.js";

/** Takes `{ line, className }`, or null for no mark. */
export const setLineHighlight = StateEffect.define();

export const lineHighlight = StateField.define({
  create: () => Decoration.none,
  update(marks, tr) {
    let next = tr.docChanged ? Decoration.none : marks;
    for (const effect of tr.effects) if (effect.is(setLineHighlight)) next = marked(effect.value, tr.state.doc);
    return next;
  },
  provide: (field) => EditorView.decorations.from(field),
});

function marked(place, doc) {
  if (!place) return Decoration.none;
  const { from } = clampedLine(doc, place.line);
  return Decoration.set([Decoration.line({ class: place.className }).range(from)]);
}
