// Places in a text: from the engine's lines and columns to CodeMirror's offsets, and the difference of two texts.

/** Returns a line by number, counted from 1; the nearest one when there is no such line any more. */
export function clampedLine(doc, number) {
  return doc.line(Math.min(Math.max(number, 1), doc.lines));
}

/** Returns the offset of a column counted in characters from 1; CodeMirror counts UTF-16 units. */
export function offsetOf(doc, number, column) {
  const line = clampedLine(doc, number);
  const before = [...line.text].slice(0, Math.max(column - 1, 0)).join("");
  return line.from + before.length;
}

/** Returns the offset of a line's first character that is no space. */
export function startOfText(line) {
  return line.from + /^\s*/.exec(line.text)[0].length;
}

/** Returns the one change that turns `before` into `after` and leaves the most text alone; none if they are equal. */
export function smallestChange(before, after) {
  if (before === after) return null;
  const shorter = Math.min(before.length, after.length);
  let start = 0;
  while (start < shorter && before[start] === after[start]) start += 1;
  let end = 0;
  while (end < shorter - start && before.at(-1 - end) === after.at(-1 - end)) end += 1;
  return { from: start, to: before.length - end, insert: after.slice(start, after.length - end) };
}
