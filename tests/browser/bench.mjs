// The speed of src/db in Chromium: `cargo xtask bench --browser` calls `node bench.mjs MODULE.wasm` and reads the
// microseconds per call of each operation from the last line, as JSON. The clock is the browser's, around runs that
// last for many of its ticks; the fastest of several rounds counts, because machines are shared.
import { readFile } from "node:fs/promises";
import { chromium } from "@playwright/test";

const [file] = process.argv.slice(2);
const module = (await readFile(file)).toString("base64");
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? "chromium",
  args: ["--no-sandbox", "--disable-dev-shm-usage"],
});
try {
  const page = await browser.newPage();
  page.on("console", (message) => console.error(message.text()));
  console.log(JSON.stringify(await page.evaluate(measure, module)));
} finally {
  await browser.close();
}

async function measure(module) {
  const ROUND_MILLIS = 40;
  const ROUNDS = 12;
  const MOST_RUNS = 200;
  const bytes = Uint8Array.from(atob(module), (letter) => letter.charCodeAt(0));
  const { instance } = await WebAssembly.instantiate(bytes, {});
  const engine = instance.exports;
  const name = (operation) => new TextDecoder().decode(
    new Uint8Array(engine.memory.buffer, engine.name_start(operation), engine.name_bytes(operation)),
  );
  const round = (operation, runs) => {
    engine.prepare(operation, runs);
    const start = performance.now();
    engine.run(operation);
    return performance.now() - start;
  };
  const micros = {};
  for (let operation = 0; operation < engine.operation_count(); operation++) {
    let runs = 1;
    while (round(operation, runs) < ROUND_MILLIS && runs < MOST_RUNS) runs *= 2;
    let best = Infinity;
    for (let count = 0; count < ROUNDS; count++) best = Math.min(best, round(operation, runs));
    micros[name(operation)] = (best * 1000) / (runs * engine.calls(operation));
    engine.prepare(operation, 0);
  }
  return micros;
}
