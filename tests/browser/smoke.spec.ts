// The page starts, and when a part of it is missing it says so.
import { expect, test } from "@playwright/test";

test("the workbench starts without a violation of the page's policy", async ({ page }) => {
  const complaints: string[] = [];
  page.on("console", (message) => {
    if (message.type() === "error") complaints.push(message.text());
  });
  page.on("pageerror", (error) => complaints.push(String(error)));
  await page.goto("./");
  await expect(page.locator("html")).toHaveAttribute("data-boot", "started");
  await expect(page.locator(".boot")).toHaveCount(0);
  expect(complaints).toEqual([]);
});

test("an engine answers from its worker", async ({ page }) => {
  await page.goto("./");
  await expect(page.locator("html")).toHaveAttribute("data-boot", "started");
  const spawned = await page.evaluate(async () => {
    const { lab } = globalThis as unknown as { lab: { spawnEngine(): Promise<Worker> } };
    const worker = await lab.spawnEngine();
    return new Promise((resolve) => {
      worker.onmessage = () => resolve("a message");
      worker.onerror = (event) => resolve(`error: ${event.message}`);
    });
  });
  expect(spawned).toBe("a message");
});

for (const missing of ["web-*.wasm", "web-*.js"]) {
  test(`without ${missing} the page offers a reload`, async ({ page }) => {
    await page.route(`**/${missing}`, (route) => route.abort());
    await page.goto("./");
    await expect(page.getByText("The workbench did not start.")).toBeVisible();
    await page.unroute(`**/${missing}`);
    await page.getByRole("button", { name: "Reload the page" }).click();
    await expect(page.locator("html")).toHaveAttribute("data-boot", "started");
  });
}

test("without any script of ours the page still offers a reload", async ({ page }) => {
  await page.route("**/boot-*.js", (route) => route.abort());
  await page.goto("./");
  await expect(page.getByRole("button", { name: "Reload the page" })).toBeVisible();
});
