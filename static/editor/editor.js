// The code editor: CodeMirror 6 with this site's gutter, marks and colours behind one function.
//
// In: plain values from the page (text, counts, diagnostics, awaits). Out: callbacks. Lines and columns
// are counted from 1, columns in characters, as the engine counts them. Nothing here knows Yew, the
// engine or a lesson. SQL comes as a chunk of its own, because the first file of a lesson is Python.

import { closeBrackets, closeBracketsKeymap } from "@codemirror/autocomplete";
import { defaultKeymap, history, historyKeymap, isolateHistory } from "@codemirror/commands";
import { bracketMatching, indentOnInput, indentUnit, syntaxHighlighting } from "@codemirror/language";
import { Annotation, Compartment, EditorState, Prec } from "@codemirror/state";
import { EditorView, highlightActiveLine, highlightActiveLineGutter, keymap, lineNumbers } from "@codemirror/view";
import { awaitMarks, setAwaitMarks } from "./awaits.js";
import { highlightStyle } from "./colours.js";
import { lineCounts, setLineCounts } from "./counts.js";
import { diagnosticKeymap, showDiagnostics } from "./diagnostics.js";
import { lineHighlight, setLineHighlight } from "./highlight.js";
import { clampedLine, smallestChange, startOfText } from "./positions.js";
import { pythonSupport } from "./python.js";

/** Marks a change that the page made, so that it is not reported back to the page. */
const fromPage = Annotation.define();

/**
 * Creates an editor inside `parent`, replacing what stands there (the text shown until now).
 *
 * @param {HTMLElement} parent
 * @param {object} options
 * @param {string} options.doc text to start with
 * @param {"python"|"sql"} options.language
 * @param {boolean} [options.readOnly] whether the text can be selected but not changed
 * @param {string} options.label accessible name, such as "server.py"
 * @param {(text: string) => void} [options.onChange] after each change by the person
 * @param {() => void} [options.onRun] on Ctrl-Enter or Cmd-Enter
 * @param {(line: number) => void} [options.onLine] when the caret goes to another line
 */
export function createEditor(parent, { doc, language, readOnly = false, label, onChange, onRun, onLine }) {
  const grammar = new Compartment();
  const access = new Compartment();
  let alive = true;

  const view = new EditorView({
    doc,
    extensions: [
      EditorView.cspNonce.of("cm"),
      EditorView.contentAttributes.of({ "aria-label": label, tabindex: "0" }),
      lineNumbers(),
      lineCounts,
      awaitMarks,
      lineHighlight,
      history(),
      bracketMatching(),
      closeBrackets(),
      indentOnInput(),
      indentUnit.of("    "),
      EditorState.tabSize.of(4),
      highlightActiveLine(),
      highlightActiveLineGutter(),
      syntaxHighlighting(highlightStyle),
      grammar.of(language === "python" ? pythonSupport : []),
      access.of(accessOf(readOnly)),
      Prec.highest(keymap.of([{ key: "Mod-Enter", run: () => (onRun?.(), true) }])),
      // Tab is left to the browser: it moves on to the run bar. Ctrl-] and Ctrl-[ change the indent.
      keymap.of([...closeBracketsKeymap, ...defaultKeymap, ...historyKeymap, ...diagnosticKeymap]),
      EditorView.updateListener.of(report),
    ],
  });
  parent.replaceChildren(view.dom);

  if (language === "sql") {
    import("./sql.js").then(
      ({ sqlSupport }) => alive && view.dispatch({ effects: grammar.reconfigure(sqlSupport) }),
      (error) => console.warn("the colours for SQL could not be loaded", error),
    );
  }

  function report(update) {
    if (update.docChanged && !update.transactions.some((tr) => tr.annotation(fromPage))) {
      onChange?.(update.state.doc.toString());
    }
    const line = lineOf(update.state);
    if (update.selectionSet && line !== lineOf(update.startState)) onLine?.(line);
  }

  return {
    /** Replaces the text. The person can undo it in one step; equal text changes nothing. */
    setDoc(text) {
      const changes = smallestChange(view.state.doc.toString(), view.state.toText(text).toString());
      if (!changes) return;
      view.dispatch({ changes, annotations: [fromPage.of(true), isolateHistory.of("full")] });
    },
    getDoc: () => view.state.doc.toString(),
    setCounts: (counts) => view.dispatch({ effects: setLineCounts.of(counts) }),
    setDiagnostics: (diagnostics) => showDiagnostics(view, diagnostics),
    setAwaits: (awaits) => view.dispatch({ effects: setAwaitMarks.of(awaits) }),
    setReadOnly: (value) => view.dispatch({ effects: access.reconfigure(accessOf(value)) }),
    /** Marks one line with a class, brings it into view and puts the caret there; line 0 takes the mark away. */
    highlightLine(line, className) {
      if (!line) return view.dispatch({ effects: setLineHighlight.of(null) });
      const anchor = startOfText(clampedLine(view.state.doc, line));
      const scroll = EditorView.scrollIntoView(anchor, { y: "nearest", yMargin: 44 });
      view.dispatch({ selection: { anchor }, effects: [setLineHighlight.of({ line, className }), scroll] });
    },
    focus: () => view.focus(),
    destroy() {
      alive = false;
      view.destroy();
    },
  };
}

/** Read-only text keeps its caret, so that it can be read and copied by keyboard, but asks for no touch keyboard. */
function accessOf(readOnly) {
  return readOnly
    ? [EditorState.readOnly.of(true), EditorView.contentAttributes.of({ inputmode: "none" })]
    : [];
}

function lineOf(state) {
  return state.doc.lineAt(state.selection.main.head).number;
}
