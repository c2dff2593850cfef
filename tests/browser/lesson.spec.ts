// The way through a lesson, as a learner goes it.
import { code, expect, LESSON, test, Workbench } from "./lab";

test("from the first page through the whole path", async ({ page }, testInfo) => {
  test.setTimeout(120_000);
  const picture = async (name: string) => page.screenshot({ path: testInfo.outputPath(`${name}.png`) });
  await page.goto("./");
  await expect(page.getByRole("heading", { level: 1 })).toHaveText("The code works. Then production traffic arrives.");
  await picture("home");
  await page.getByRole("link", { name: "Start with N+1 queries" }).click();
  await expect(page).toHaveURL(/lesson\/n-plus-one/);
  const bench = new Workbench(page);
  await expect(bench.editor).toBeVisible();
  await expect(bench.task.getByText("This code is deliberately broken")).toBeVisible();
  await picture("brief");

  await bench.task.getByRole("button", { name: "Run one request" }).click();
  await expect(bench.headline(/^One request, answered with 200/)).toBeVisible();
  await expect(bench.step("Happy path")).toHaveAttribute("aria-current", "step");
  await picture("happy-path");

  await bench.task.getByRole("button", { name: "Predict what traffic does" }).click();
  await bench.task.getByLabel("Two: one for the orders, one for the customers").check();
  await bench.task.getByRole("button", { name: "Keep this answer" }).click();
  await expect(bench.task.getByText("Your answer is kept.")).toBeVisible();

  await bench.task.getByRole("button", { name: "Send production traffic" }).click();
  await expect(bench.headline("101 statements for one request.")).toBeVisible();
  await expect(bench.task.getByText(/You predicted .Two: one for the orders, one for the customers.\. It was 101 statements\./)).toBeVisible();
  await expect(bench.evidence.getByRole("img", { name: "101 statements" })).toBeVisible();
  await expect(bench.step(/^Break it\s*, broken$/)).toHaveAttribute("aria-current", "step");
  await picture("break-it");

  await bench.task.getByRole("button", { name: "Look at the evidence" }).click();
  await bench.evidence.getByRole("button", { name: "server.py line 8" }).click();
  await expect(page.locator(".cm-sel")).toContainText("await db.fetch_one(");
  await expect(bench.editor).toBeFocused();

  await bench.task.getByRole("button", { name: "Fix it" }).click();
  await bench.task.getByRole("button", { name: "Open hint 1 of 3" }).click();
  await expect(bench.task.getByText("Send a request and look at the counts")).toBeVisible();
  await bench.type(code.join);
  await bench.sendTraffic();
  await expect(bench.headline("101 → 1 statements, same answer.")).toBeVisible();
  await expect(bench.evidence.getByRole("img", { name: "1 statement", exact: true })).toBeVisible();
  await expect(bench.evidence.getByText("Statements no longer grow with the number of orders.")).toBeVisible();
  await picture("compare");

  await bench.task.getByRole("button", { name: /^Prove it/ }).click();
  await expect(bench.verdict().getByRole("heading", { name: "Accepted" })).toBeVisible({ timeout: 60_000 });
  await expect(bench.verdict()).toContainText("One statement with a JOIN");
  await picture("prove");
  await bench.task.getByRole("button", { name: "Take away" }).click();
  await expect(bench.task.getByText("If this list has a hundred rows, how many statements does the request send?")).toBeVisible();

  await page.getByRole("link", { name: "Unhappy Path" }).click();
  await expect(page.locator("li[data-lesson]").filter({ hasText: "N+1 queries" })).toContainText("proved");
});

test("line counts stand beside the lines and go with them", async ({ bench, page }) => {
  await bench.sendTraffic();
  await expect(bench.headline("101 statements for one request.")).toBeVisible();
  const counts = page.locator(".cm-counts span:visible");
  await expect(counts).toHaveText(["1×", "100×", "100×", "100×", "1×"]);
  await expect(page.locator(".cm-line.cm-hot")).toHaveCount(2);
  await expect(page.locator(".cm-await")).toHaveCount(2);
  await bench.editor.locator(".cm-line", { hasText: "for order in orders" }).click();
  await page.keyboard.press("End");
  await page.keyboard.press("Enter");
  await expect(counts).toHaveText(["1×", "100×", "100×", "100×", "1×"]);
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("End");
  await page.keyboard.type(" ");
  await expect(counts).toHaveText(["1×", "100×", "100×", "1×"]);
});

test("another size, another seed, the same inputs again", async ({ bench, page }) => {
  await bench.size("10").check();
  await bench.sendTraffic();
  await expect(bench.headline("11 statements for one request.")).toBeVisible();
  const p95 = () => bench.evidence.locator(".figures div", { hasText: "Latency p95" }).locator("dd").innerText();
  const first = await p95();
  await bench.sendOne();
  await expect(bench.headline(/^One request, answered with 200/)).toBeVisible();
  await bench.sendTraffic();
  await expect(bench.headline("11 statements for one request.")).toBeVisible();
  expect(await p95()).toBe(first);
  await page.getByRole("tab", { name: /^Runs/ }).click();
  await expect(page.getByRole("tabpanel", { name: /^Runs/ }).getByText(/10 orders · seed 42 · 11 statements/).first()).toBeVisible();
});

test("text and progress are there again after a reload", async ({ bench, page }) => {
  await bench.step("Fix").click();
  await bench.type(code.inBatch);
  await bench.sendTraffic();
  await expect(bench.headline("101 → 2 statements, same answer.")).toBeVisible();
  await expect(bench.step("Compare")).toHaveAttribute("aria-current", "step");
  await page.reload();
  await expect(bench.editor).toBeVisible();
  await expect.poll(() => bench.text()).toBe(code.inBatch.trimEnd());
  await expect(bench.step("Compare")).toHaveAttribute("aria-current", "step");
});

test("trying a version keeps the learner's own text", async ({ bench, page }) => {
  await bench.type(code.inBatch);
  await bench.tryVersion("LIMIT 10");
  await expect(bench.verdict().getByRole("heading", { name: "Refused" })).toBeVisible({ timeout: 60_000 });
  await expect.poll(() => bench.text()).toContain("LIMIT 10");
  await page.reload();
  await expect(bench.editor).toBeVisible();
  await expect.poll(() => bench.text()).toContain("LIMIT 10");
  await page.getByRole("main").getByRole("button", { name: "Back to my code" }).click();
  await expect.poll(() => bench.text()).toBe(code.inBatch.trimEnd());
});

test("the data after a run can be looked at", async ({ bench, page }) => {
  await bench.sendOne();
  await expect(bench.headline(/^One request, answered with 200/)).toBeVisible();
  await page.getByRole("tab", { name: "Data" }).click();
  await expect(page.getByRole("table", { name: /^customers/ })).toBeVisible();
  await expect(page.getByRole("table", { name: /^orders/ }).getByRole("row")).not.toHaveCount(1);
});

test("a page that is not there says so", async ({ page }) => {
  const answer = await page.request.get("lesson/no-such-lesson/");
  expect(answer.status()).toBe(404);
  expect(await answer.text()).toContain("No such page");
  await page.goto(LESSON);
  await expect(page.getByRole("link", { name: "Unhappy Path" })).toBeVisible();
});
