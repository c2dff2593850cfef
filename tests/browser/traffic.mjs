// How long traffic takes in the page's engine: `cargo xtask bench --browser` calls `node traffic.mjs` once `dist` is built.
// In: `dist`. Out, as JSON on the last line: for each number of requests the milliseconds from the question to the
// answer, the answer's bytes, and the memory of the browser's
// renderer in megabytes. The fastest of several rounds counts, because machines are shared.
import { spawn } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { chromium } from "@playwright/test";

const dist = process.env.UNHAPPY_DIST ?? "../../dist";
const port = "8399";
const server = spawn("node", ["server.mjs"], { env: { ...process.env, UNHAPPY_PORT: port, UNHAPPY_DIST: dist }, stdio: "ignore" });
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? "chromium",
  args: ["--no-sandbox", "--disable-dev-shm-usage"],
});
try {
  await new Promise((resolve) => setTimeout(resolve, 500));
  const page = await browser.newPage();
  await page.goto(`http://127.0.0.1:${port}/`);
  await page.waitForSelector("html[data-boot=started]");
  const file = readdirSync(path.join(dist, "lessons")).find((name) => name.startsWith("n-plus-one-"));
  const lesson = [...readFileSync(path.join(dist, "lessons", file))];
  const figures = [];
  for (const requests of [500, 5000]) {
    const measured = await page.evaluate(measure, { lesson, requests });
    figures.push({ requests, ...measured, renderer_mb: await rendererMegabytes(browser) });
  }
  console.log(JSON.stringify(figures));
} finally {
  await browser.close();
  server.kill();
}

/** The largest resident memory of a renderer process. */
async function rendererMegabytes(browser) {
  const session = await browser.newBrowserCDPSession();
  const { processInfo } = await session.send("SystemInfo.getProcessInfo");
  const sizes = processInfo.filter(({ type }) => type === "renderer").map(({ id }) => {
    const status = readFileSync(`/proc/${id}/status`, "utf8");
    return Number(/VmRSS:\s+(\d+)/.exec(status)[1]) / 1024;
  });
  return Math.round(Math.max(...sizes));
}

async function measure({ lesson, requests }) {
  const ROUNDS = 3;
  const [OPEN, RUN] = [0, 2];
  const [READY, OPENED, PROGRESS, RAN] = [0, 1, 2, 4];
  const number = (value) => (value < 128 ? [value] : [(value & 127) | 128, ...number(value >>> 7)]);
  const worker = await globalThis.lab.spawnEngine();
  const setting = [...new TextEncoder().encode("orders")];
  let [best, bytes, progress, sent, round] = [Infinity, 0, 0, 0, 0];
  return new Promise((resolve, reject) => {
    const send = (...message) => worker.postMessage(new Uint8Array(message));
    const next = () => {
      sent = performance.now();
      round++;
      // No changed files, ten orders (20 zigzagged), no variant, data seed 1, seed 42, no faults by hand, timed.
      send(...number(round + 1), RUN, 0, 1, setting.length, ...setting, 20, 0, 1, 42, ...number(requests), 0, 0);
    };
    worker.onerror = (event) => reject(new Error(event.message));
    worker.onmessage = (event) => {
      const message = new Uint8Array(event.data);
      let at = 0;
      while (message[at++] >= 128);
      const kind = message[at];
      if (kind === PROGRESS) return progress++;
      if (kind === READY) return send(1, OPEN, ...number(lesson.length), ...lesson);
      if (kind === OPENED) return next();
      if (kind !== RAN) return reject(new Error(new TextDecoder().decode(message)));
      best = Math.min(best, performance.now() - sent);
      bytes = message.length;
      if (round < ROUNDS) return next();
      // The worker stays, so that its memory is counted.
      resolve({ run_ms: Math.round(best), answer_bytes: bytes, progress_reports: Math.round(progress / ROUNDS) });
    };
  });
}
