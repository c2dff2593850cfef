// The page's engine and the native tool give the same trace, line counts included: expected.json holds the hashes
// that the native tool recorded, and every run in the page ends in a run string with its own.
import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { expect, test } from "./lab";

const lessons = new URL("../../lessons/n-plus-one/", import.meta.url);
const recorded = JSON.parse(readFileSync(new URL("expected.json", lessons), "utf8"));
const versions: Record<string, string> = {
  join: "One statement with a JOIN",
  "in-batch": "Two statements: the orders, then all their customers",
  cache: "A cache inside the request",
  gather: "All single queries at once, with asyncio.gather",
};

test.setTimeout(120_000);

test("the same traces as the native tool's", async ({ bench, page }) => {
  const hashOfNewestRun = async () => {
    await page.getByRole("tab", { name: /^Runs/ }).click();
    const newest = page.locator(".runs .run-string").first();
    await newest.getByText("Run string").click();
    const text = await newest.locator("code").innerText();
    await page.getByRole("tab", { name: "Evidence" }).click();
    return new URLSearchParams(text).get("trace");
  };
  await bench.sendTraffic();
  await expect(bench.headline("101 statements for one request.")).toBeVisible();
  expect(await hashOfNewestRun()).toBe(recorded.broken.trace);
  for (const [key, name] of Object.entries(versions)) {
    await bench.tryVersion(name);
    await expect(bench.verdict().getByRole("heading", { name: /Accepted|Refused/ })).toBeVisible({ timeout: 60_000 });
    expect(await hashOfNewestRun(), key).toBe(recorded.experiments[key].trace);
    await page.getByRole("button", { name: "Back to my code" }).first().click();
  }
});

/** What boot.js gives the workbench. */
type Lab = { spawnEngine(): Promise<Worker>; fileOf?(name: string): string };

/** Runs a lesson's traffic with seeds 1 to `seeds` in one worker. Gives the trace hashes, one after the other. */
async function traces({ lesson, seeds, requests }: { lesson: number[]; seeds: number; requests: number }): Promise<string> {
  // The messages in postcard's wire format: an id, the kind, its fields.
  const [OPEN, RUN] = [0, 2];
  const [READY, OPENED, PROGRESS, RAN] = [0, 1, 2, 4];
  const number = (value: number): number[] => (value < 128 ? [value] : [(value & 127) | 128, ...number(value >>> 7)]);
  const worker = await (globalThis as unknown as { lab: Lab }).lab.spawnEngine();
  const hashes: string[] = [];
  return new Promise((resolve, reject) => {
    const send = (...bytes: number[]) => worker.postMessage(new Uint8Array(bytes));
    const next = () => {
      const seed = hashes.length + 1;
      // No changed files and settings, no variant, data seed 1, no faults by hand, timed.
      send(...number(seed + 1), RUN, 0, 0, 0, 1, ...number(seed), ...number(requests), 0, 0);
    };
    worker.onerror = (event) => reject(new Error(event.message));
    worker.onmessage = (event) => {
      const bytes = new Uint8Array(event.data);
      let at = 0;
      const read = () => {
        let value = 0;
        for (let shift = 0; ; shift += 7) {
          const byte = bytes[at++];
          value += (byte & 127) * 2 ** shift;
          if (byte < 128) return value;
        }
      };
      read();
      const kind = read();
      if (kind === PROGRESS) return;
      if (kind === READY) return send(1, OPEN, ...number(lesson.length), ...lesson);
      if (kind === OPENED) return next();
      if (kind !== RAN) return reject(new Error(`a reply of kind ${kind}: ${new TextDecoder().decode(bytes)}`));
      const length = read();
      const name = new TextDecoder().decode(bytes.subarray(at, at + length));
      hashes.push(new URLSearchParams(name).get("trace") ?? "none");
      if (hashes.length < seeds) return next();
      worker.terminate();
      resolve(hashes.join(""));
    };
  });
}

for (const slug of ["n-plus-one", "oversell", "deadlock", "pool-deadlock", "write-skew", "double-charge", "partial-failure"]) {
  test(`${slug}: a hundred seeds give the native tool's traces`, async ({ page, isMobile }) => {
    test.skip(isMobile, "the engine is the same on a phone");
    test.setTimeout(300_000);
    const folder = new URL(`../../lessons/${slug}/`, import.meta.url);
    const { seeds_trace } = JSON.parse(readFileSync(new URL("expected.json", folder), "utf8"));
    const toml = readFileSync(new URL("lesson.toml", folder), "utf8");
    // A lesson without promises is run with one request a seed.
    const traffic = toml.slice(toml.indexOf("[traffic]"));
    const requests = toml.includes("[[promises]]") ? Number(/^requests = (\d+)/m.exec(traffic)![1]) : 1;
    const dist = path.join(process.env.UNHAPPY_DIST ?? "../../dist", "lessons");
    const file = readdirSync(dist).find((name) => name.startsWith(`${slug}-`) && name.endsWith(".lesson"))!;
    const lesson = [...readFileSync(path.join(dist, file))];
    await page.goto("./");
    await expect(page.locator("html")).toHaveAttribute("data-boot", "started");
    const hashes = await page.evaluate(traces, { lesson, seeds: 100, requests });
    expect(createHash("sha256").update(hashes).digest("hex").slice(0, 32)).toBe(seeds_trace);
  });
}
