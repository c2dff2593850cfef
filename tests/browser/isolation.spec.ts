// Isolation specs in the page's engine: the JSON text of every spec is the native tool's, byte for byte.
// `cargo xtask test --only browser` lets the native tool play them into UNHAPPY_ISOLATION before.
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { expect, test } from "./lab";

const specs = path.resolve("../oracle/specs");
const native = path.resolve(process.env.UNHAPPY_ISOLATION ?? "../../target/isolation");
const names = readdirSync(specs).map((file) => path.basename(file, ".spec")).sort();

/** What boot.js gives the workbench. */
type Lab = { spawnEngine(): Promise<Worker> };

/** Plays specs one after the other in one worker. A spec that cannot be played gives its sentence. */
async function play(all: { name: string; spec: string }[]): Promise<string[]> {
  // The messages in postcard's wire format; src/wire pins these bytes.
  const ISOLATION = 7;
  const [PROGRESS, FAILED, PLAYED] = [2, 9, 10];
  const number = (value: number): number[] => (value < 128 ? [value] : [(value & 127) | 128, ...number(value >>> 7)]);
  const text = (value: string) => {
    const bytes = new TextEncoder().encode(value);
    return [...number(bytes.length), ...bytes];
  };
  const read = (bytes: Uint8Array) => {
    let at = 0;
    const next = () => {
      let value = 0;
      for (let shift = 0; ; shift += 7) {
        const byte = bytes[at++];
        value += (byte & 127) * 2 ** shift;
        if (byte < 128) return value;
      }
    };
    const [id, kind] = [next(), next()];
    if (kind !== FAILED && kind !== PLAYED) return { id, kind, said: "" };
    const length = next();
    return { id, kind, said: new TextDecoder().decode(bytes.subarray(at, at + length)) };
  };
  const worker = await (globalThis as unknown as { lab: Lab }).lab.spawnEngine();
  const replies: string[] = [];
  return new Promise((resolve, reject) => {
    const send = () => {
      const { name, spec } = all[replies.length];
      worker.postMessage(new Uint8Array([...number(replies.length + 1), ISOLATION, ...text(name), ...text(spec)]));
    };
    worker.onerror = (event) => reject(new Error(event.message));
    worker.onmessage = (event) => {
      const { id, kind, said } = read(new Uint8Array(event.data));
      if (kind === PROGRESS) return;
      if (id > 0) replies.push(said);
      if (replies.length < all.length) return send();
      worker.terminate();
      resolve(replies);
    };
  });
}

test.setTimeout(120_000);
test.skip(({ isMobile }) => isMobile, "the engine is the same on a phone");

test("every isolation spec gives the native tool's result", async ({ page }) => {
  expect(names.length).toBeGreaterThan(60);
  await page.goto("./");
  await expect(page.locator("html")).toHaveAttribute("data-boot", "started");
  const all = names.map((name) => ({ name, spec: readFileSync(path.join(specs, `${name}.spec`), "utf8") }));
  const replies = await page.evaluate(play, all);
  expect(replies.length).toBe(all.length);
  for (const [index, { name }] of all.entries()) {
    expect.soft(`${replies[index]}\n`, name).toBe(readFileSync(path.join(native, `${name}.json`), "utf8"));
  }
});
