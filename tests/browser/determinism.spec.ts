// The page's engine and the native tool give the same trace, line counts included: expected.json holds the hashes
// that the native tool recorded, and every run in the page ends in a run string with its own.
import { readFileSync } from "node:fs";
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
