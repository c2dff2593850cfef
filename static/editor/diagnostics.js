// Mistakes in the text: underlined with a message on hover, and a mark beside the line.
//
// F8 goes to the next one. The page also shows the messages as text, so nothing is said by hover alone.

import { forEachDiagnostic, nextDiagnostic, setDiagnostics } from "@codemirror/lint";
import { RangeSet } from "@codemirror/state";
import { GutterMarker } from "@codemirror/view";
import { clampedLine, offsetOf, startOfText } from "./positions.js";

class MistakeMarker extends GutterMarker {
  constructor(message) {
    super();
    this.message = message;
    this.elementClass = "cm-mistake";
  }
  eq(other) {
    return other.message === this.message;
  }
  toDOM() {
    const mark = document.createElement("span");
    mark.textContent = "✗";
    mark.title = this.message;
    return mark;
  }
}

export const diagnosticKeymap = [{ key: "F8", run: nextDiagnostic }];

/** Shows `[{ line, column, endLine, endColumn, message, hint }]` instead of what was shown. */
export function showDiagnostics(view, diagnostics) {
  const placed = diagnostics.map((diagnostic) => place(view.state.doc, diagnostic));
  view.dispatch(setDiagnostics(view.state, placed));
}

/** Returns one mark for each line with a mistake. */
export function diagnosticMarkers(state) {
  const messages = new Map();
  forEachDiagnostic(state, ({ message }, from) => {
    const at = state.doc.lineAt(from).from;
    messages.set(at, messages.has(at) ? `${messages.get(at)}\n${message}` : message);
  });
  const starts = [...messages.keys()].sort((one, other) => one - other);
  return RangeSet.of(starts.map((at) => new MistakeMarker(messages.get(at)).range(at)));
}

function place(doc, { line, column, endLine, endColumn, message, hint }) {
  const from = offsetOf(doc, line, column);
  const to = Math.max(offsetOf(doc, endLine, endColumn), from);
  return {
    ...(from < to ? { from, to } : visible(doc, line, from)),
    severity: "error",
    message: hint ? `${message}\n${hint}` : message,
  };
}

/** A mistake between two characters underlines its line from there, or the whole line at its end. */
function visible(doc, number, at) {
  const line = clampedLine(doc, number);
  if (at < line.to) return { from: at, to: line.to };
  return { from: startOfText(line), to: line.to };
}
