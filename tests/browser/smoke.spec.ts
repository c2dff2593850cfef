// The page starts at every depth, and when a part of it is missing it says so.
import { expect, type Page, test } from "@playwright/test";

/** What boot.js gives the workbench. */
type Lab = { asset(key: string): string; importModule(key: string): Promise<unknown>; spawnEngine(): Promise<Worker> };

/** Everything that the browser complains about, violations of the page's policy included. */
function complaintsOf(page: Page): string[] {
  const complaints: string[] = [];
  page.on("console", (message) => {
    if (message.type() === "error") complaints.push(message.text());
  });
  page.on("pageerror", (error) => complaints.push(String(error)));
  return complaints;
}

async function started(page: Page) {
  await expect(page.locator("html")).toHaveAttribute("data-boot", "started");
  await expect(page.locator(".boot")).toHaveCount(0);
}

test("the first page starts without a complaint", async ({ page }) => {
  const complaints = complaintsOf(page);
  await page.goto("./");
  await started(page);
  expect(complaints).toEqual([]);
});

test("a lesson's page, two folders down, starts without a complaint and finds the editor", async ({ page }) => {
  const complaints = complaintsOf(page);
  await page.goto("./");
  const assets = JSON.parse((await page.locator("#assets").textContent()) ?? "{}");
  const lesson = Object.keys(assets).find((key) => key.startsWith("lessons/"));
  const slug = lesson?.replace("lessons/", "").replace(".lesson", "");
  await page.goto(`./lesson/${slug}/`);
  await expect(page.locator("#prose")).toHaveAttribute("data-slug", slug ?? "a lesson");
  await started(page);
  await page.evaluate(() => (globalThis as unknown as { lab: Lab }).lab.importModule("editor.js"));
  expect(complaints).toEqual([]);
});

test("an engine answers from its worker", async ({ page }) => {
  await page.goto("./");
  await started(page);
  const answer = await page.evaluate(async () => {
    const worker = await (globalThis as unknown as { lab: Lab }).lab.spawnEngine();
    return new Promise((resolve) => {
      worker.onmessage = () => resolve("a message");
      worker.onerror = (event) => resolve(`error: ${event.message}`);
    });
  });
  expect(answer).toBe("a message");
});

for (const missing of ["web-*.wasm", "web-*.js"]) {
  test(`without ${missing} the page offers a reload`, async ({ page }) => {
    await page.route(`**/${missing}`, (route) => route.abort());
    await page.goto("./");
    await expect(page.getByText("The workbench did not start.")).toBeVisible();
    await page.unroute(`**/${missing}`);
    await page.getByRole("button", { name: "Reload the page" }).click();
    await started(page);
  });
}

test("without any script of ours the page still offers a reload", async ({ page }) => {
  await page.route("**/boot-*.js", (route) => route.abort());
  await page.goto("./");
  await expect(page.getByRole("button", { name: "Reload the page" })).toBeVisible();
});
