// Parts of the site that cannot be loaded, storage that is closed: a sentence, and a way on.
import { expect, LESSON, test, Workbench } from "./lab";

test.describe("without the engine", () => {
  test.use({ tolerated: /Failed to load resource|engine/i });

  for (const missing of ["engine-*.wasm", "engine-boot-*.js", "engine-*.js"]) {
    test(`${missing} is missing: recorded numbers, and another try`, async ({ page }) => {
      await page.route(`**/${missing}`, (route) => route.abort());
      const bench = new Workbench(page);
      await bench.open();
      const banner = page.getByRole("alert");
      await expect(banner).toContainText("The engine");
      await expect(bench.headline("101 statements for one request.")).toBeVisible();
      await expect(bench.evidence.getByText("Recorded with engine")).toBeVisible();
      await page.unroute(`**/${missing}`);
      await banner.getByRole("button", { name: "Try again" }).click();
      await expect(banner).toHaveCount(0);
      await bench.sendTraffic();
      await expect(bench.headline("101 statements for one request.")).toBeVisible();
      await expect(bench.evidence.getByText(/^Run 1:/)).toBeVisible();
    });
  }
});

test.describe("without the editor", () => {
  test.use({ tolerated: /Failed to load resource/ });

  test("the code can still be read and run", async ({ page }) => {
    await page.route("**/editor-*.js", (route) => route.abort());
    await page.goto(LESSON);
    const bench = new Workbench(page);
    await expect(page.getByRole("tabpanel", { name: "server.py" }).getByText("async")).toBeVisible();
    await bench.sendTraffic();
    await expect(bench.headline("101 statements for one request.")).toBeVisible();
  });
});

test("without storage the page works and says that nothing is kept", async ({ page }) => {
  await page.addInitScript(() => {
    Object.defineProperty(window, "localStorage", {
      get() {
        throw new DOMException("denied", "SecurityError");
      },
    });
  });
  const bench = new Workbench(page);
  await bench.open();
  await expect(page.getByText("This browser does not let the page keep anything.")).toBeVisible();
  await bench.sendOne();
  await expect(bench.headline(/^One request, answered with 200/)).toBeVisible();
});

test.describe("without any script", () => {
  test.use({ javaScriptEnabled: false });

  test("the text of every step can be read", async ({ page }) => {
    await page.goto(LESSON);
    await expect(page.getByRole("heading", { name: "N+1 queries" })).toBeVisible();
    await expect(page.getByRole("heading", { name: "Take away" })).toBeVisible();
    await expect(page.locator("noscript p")).toBeVisible();
  });
});
