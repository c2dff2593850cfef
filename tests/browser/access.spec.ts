// Everybody: keyboard, screen reader, small screens, light and dark.
import AxeBuilder from "@axe-core/playwright";
import type { Page } from "@playwright/test";
import { code, expect, LESSON, test, Workbench } from "./lab";

/** Waits until the page has not changed for a third of a second: axe trips over nodes that go away while it looks. */
const stillness = (page: Page) =>
  page.evaluate(
    () =>
      new Promise<void>((resolve) => {
        let timer = setTimeout(done, 300);
        const observer = new MutationObserver(() => {
          clearTimeout(timer);
          timer = setTimeout(done, 300);
        });
        function done() {
          observer.disconnect();
          resolve();
        }
        observer.observe(document, { subtree: true, childList: true, attributes: true });
      }),
  );

test("the way to the traffic, by keyboard alone", async ({ page, isMobile }) => {
  test.skip(isMobile, "a phone has no Tab key");
  const bench = new Workbench(page);
  await bench.open();
  const tabTo = async (name: string | RegExp) => {
    const target = page.getByRole("button", { name }).first();
    for (let presses = 0; presses < 60; presses += 1) {
      await page.keyboard.press("Tab");
      if (await target.evaluate((element) => element === document.activeElement)) return;
    }
    throw new Error(`Tab never reaches ${name}`);
  };
  await tabTo(/^Run one request/);
  await page.keyboard.press("Enter");
  await expect(bench.headline(/^One request, answered with 200/)).toBeVisible();
  await bench.editor.focus();
  await page.keyboard.press("Tab");
  await expect(bench.editor).not.toBeFocused();
  await bench.editor.focus();
  await page.keyboard.press("Control+Enter");
  await expect(bench.headline("101 statements for one request.")).toBeVisible();
  await page.getByRole("tab", { name: "server.py" }).focus();
  await page.keyboard.press("ArrowRight");
  await expect(page.getByRole("tab", { name: "schema.sql" })).toBeFocused();
  await expect(page.getByRole("textbox", { name: "schema.sql" })).toBeVisible();
});

for (const scheme of ["light", "dark"] as const) {
  test.describe(scheme, () => {
    test.use({ colorScheme: scheme });

    test("no serious fault that a machine can find", async ({ page }, testInfo) => {
      test.setTimeout(120_000);
      const faults = async (name: string) => {
        await page.screenshot({ path: testInfo.outputPath(`${name}.png`), fullPage: true });
        await stillness(page);
        const { violations } = await new AxeBuilder({ page }).analyze();
        return violations
          .filter(({ impact }) => impact === "serious" || impact === "critical")
          .map(({ id, nodes }) => `${name}: ${id}: ${nodes.map(({ target }) => target.join(" ")).join(", ")}`);
      };
      await page.goto("./");
      await expect(page.locator("html")).toHaveAttribute("data-boot", "started");
      expect.soft(await faults("home")).toEqual([]);
      const bench = new Workbench(page);
      await bench.open();
      expect.soft(await faults("brief")).toEqual([]);
      await bench.sendTraffic();
      await expect(bench.headline("101 statements for one request.")).toBeVisible();
      await expect(bench.evidence.locator(".plot").first()).toBeVisible();
      expect.soft(await faults("broken")).toEqual([]);
      await bench.type(code.join);
      await bench.sendTraffic();
      await expect(bench.headline("101 → 1 statements, same answer.")).toBeVisible();
      await bench.prove();
      await expect(bench.verdict()).toBeVisible({ timeout: 60_000 });
      expect.soft(await faults("proved")).toEqual([]);
      await bench.type("def (:");
      await expect(page.locator(".cm-gutterElement.cm-mistake")).toHaveCount(1);
      expect.soft(await faults("mistake")).toEqual([]);
    });
  });
}

for (const path of ["./", LESSON]) {
  test(`${path} never scrolls sideways`, async ({ page }) => {
    await page.goto(path);
    await expect(page.locator("html")).toHaveAttribute("data-boot", "started");
    if (path === LESSON) await expect(new Workbench(page).editor).toBeVisible();
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(page.viewportSize()!.width);
  });
}

test("the first evidence is in sight after a run", async ({ bench, page, isMobile }) => {
  test.skip(isMobile, "on a phone the parts stand one below the other");
  await bench.sendTraffic();
  await expect(bench.headline("101 statements for one request.")).toBeInViewport();
  await expect(page.locator(".figures").first()).toBeInViewport({ ratio: 1 });
  await expect(bench.editor).toBeInViewport();
});

test("the run bar stays within reach", async ({ bench, page }) => {
  const button = bench.run.getByRole("button", { name: "Send production traffic" });
  await expect(button).toBeInViewport({ ratio: 1 });
  await page.evaluate(() => scrollTo(0, document.documentElement.scrollHeight));
  await expect(button).toBeInViewport({ ratio: 1 });
});

test("the choice of colours is kept", async ({ page }) => {
  await page.goto("./");
  await page.getByRole("button", { name: "Colours: as the system" }).click();
  await page.getByRole("button", { name: "Colours: light" }).click();
  await expect(page.locator("html")).toHaveAttribute("data-theme", "dark");
  await page.reload();
  await expect(page.locator("html")).toHaveAttribute("data-theme", "dark");
});
