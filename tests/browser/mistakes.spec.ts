// What a learner may do to the code, and what the page says to it. After each, the next run works.
import { code, expect, test, type Workbench } from "./lab";

async function worksAgain(bench: Workbench) {
  await bench.type(code.join);
  await bench.sendOne();
  await expect(bench.headline(/1 statement.*same answer/)).toBeVisible();
}

test("a syntax error is marked at its line, before any run and after one", async ({ bench, page }) => {
  await bench.type(code.handler('orders = await db.fetch_all("SELECT * FROM orders"\nreturn orders'));
  const mistakes = page.getByRole("list", { name: "Mistakes in the code" });
  await expect(mistakes).toContainText("'(' was never closed");
  await expect(page.locator(".cm-gutterElement.cm-mistake")).toHaveCount(1);
  await expect(page.locator(".cm-lintRange-error")).not.toHaveCount(0);
  await bench.sendTraffic();
  await expect(bench.evidence.getByText("'(' was never closed").first()).toBeVisible();
  await mistakes.getByRole("button", { name: "server.py line 6" }).click();
  await expect(bench.editor).toBeFocused();
  await worksAgain(bench);
  await expect(page.locator(".cm-gutterElement.cm-mistake")).toHaveCount(0);
});

test("an exception is marked at the line that raised it", async ({ bench, page }) => {
  await bench.type(code.handler('orders = await db.fetch_all("SELECT * FROM orders ORDER BY id")\nreturn orders[0]["nothing"]'));
  await bench.sendOne();
  await expect(bench.evidence.getByText("KeyError: 'nothing'").first()).toBeVisible();
  await expect(bench.evidence.getByRole("button", { name: "server.py line 7" }).first()).toBeVisible();
  await expect(page.locator(".cm-gutterElement.cm-mistake")).toHaveCount(1);
  await worksAgain(bench);
});

test("a refused statement is shown with its place and SQLSTATE", async ({ bench }) => {
  await bench.type(code.handler('return await db.fetch_all("SELECT nam FROM customers")'));
  await bench.sendOne();
  await expect(bench.evidence.getByText("SQLSTATE 42703").first()).toBeVisible();
  await expect(bench.evidence.locator("mark")).toHaveText("nam");
});

test("a forgotten await is noticed", async ({ bench }) => {
  await bench.type(code.handler('orders = db.fetch_all("SELECT * FROM orders ORDER BY id")\nreturn []'));
  await bench.sendOne();
  await expect(bench.evidence.getByRole("list", { name: "Notes" })).toContainText("never awaited");
});

test("a package that is not there is named, with the reason", async ({ bench }) => {
  await bench.type(code.handler("return []", "import requests"));
  await bench.sendOne();
  await expect(bench.evidence.getByText("No module named 'requests': other services are called with `from backend import http`").first()).toBeVisible();
});

test("what the code prints is shown", async ({ bench }) => {
  await bench.type(code.handler('print("hello from", "the handler")\nreturn []'));
  await bench.sendOne();
  await expect(bench.evidence.getByText("hello from the handler")).toBeVisible();
});

test("a loop that never ends is stopped, and the page stays awake", async ({ bench, page }) => {
  await bench.type(code.handler("while True:\n    pass"));
  await bench.sendOne();
  await page.getByRole("tab", { name: "schema.sql" }).click();
  await expect(page.getByRole("textbox", { name: "schema.sql" })).toBeVisible();
  await page.getByRole("tab", { name: "server.py" }).click();
  await expect(bench.headline("The run was stopped.")).toBeVisible({ timeout: 30_000 });
  await expect(bench.evidence.getByText("Is there a loop that never ends?").first()).toBeVisible();
  await worksAgain(bench);
});

test("code that takes all memory is stopped, and the text is kept", async ({ bench }) => {
  const bomb = code.handler('pile = ["x"]\nwhile True:\n    pile = pile + pile');
  await bench.type(bomb);
  await bench.sendOne();
  await expect(bench.headline("The run was stopped.")).toBeVisible({ timeout: 30_000 });
  await expect(bench.evidence.getByText(/of memory/).first()).toBeVisible();
  expect(await bench.text()).toBe(bomb.trimEnd());
  await worksAgain(bench);
});

test("a long run says how far it is and can be stopped", async ({ bench, page }) => {
  await bench.size("10,000 orders").check();
  await bench.sendTraffic();
  await bench.run.getByRole("button", { name: "Stop" }).click();
  await expect(bench.run.getByRole("button", { name: "Stop" })).toHaveCount(0);
  await bench.size("100").check();
  await bench.sendTraffic();
  await expect(bench.headline("101 statements for one request.")).toBeVisible();
  await expect(page.getByRole("alert")).toHaveCount(0);
});
