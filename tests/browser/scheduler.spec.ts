// "You are the scheduler": a learner finds the failure by hand, takes moves back, pastes schedules, shares a link.
import type { Page } from "@playwright/test";
import { expect, test, Workbench } from "./lab";

const PROMISE = "Never more units sold than came into the warehouse.";

test.describe.configure({ timeout: 120_000 });
test.use({ permissions: ["clipboard-read", "clipboard-write"] });

/** The panel in which the learner makes the moves. */
class Hand {
  readonly bench: Workbench;
  constructor(readonly page: Page) {
    this.bench = new Workbench(page);
  }
  readonly panel = () => this.page.getByRole("region", { name: "You are the scheduler" });
  readonly status = () => this.panel().getByRole("status");
  readonly moves = () => this.panel().getByRole("group", { name: "Possible moves" }).getByRole("button");
  readonly line = () => this.panel().getByRole("list", { name: "Moves" }).getByRole("button");
  readonly text = () => this.panel().getByRole("textbox", { name: "Schedule" });
  readonly button = (name: string | RegExp) => this.panel().getByRole("button", { name });

  async open(slug: string) {
    await this.page.goto(`lesson/${slug}/`);
    await expect(this.bench.editor).toBeVisible();
    await this.start();
  }

  async start() {
    await this.bench.run.getByRole("button", { name: "Schedule by hand" }).click();
    await expect(this.status()).toContainText("Nobody has moved yet", { timeout: 60_000 });
  }

  /** Presses keys one after the other, each when the page has answered the one before. */
  async press(...keys: string[]) {
    for (const key of keys) {
      const before = await this.text().inputValue();
      await this.page.keyboard.press(key);
      await expect(this.text()).not.toHaveValue(before);
    }
  }
}

test("with the keyboard alone a learner breaks the promise", async ({ page, isMobile }, testInfo) => {
  test.skip(isMobile, "a phone has no keys");
  const hand = new Hand(page);
  await page.goto("lesson/oversell/");
  await expect(hand.bench.editor).toBeVisible();
  const open = hand.bench.run.getByRole("button", { name: "Schedule by hand" });
  await open.focus();
  await page.keyboard.press("Enter");
  await expect(hand.status()).toContainText("Nobody has moved yet. Choose who moves first: A or B.", { timeout: 60_000 });
  await expect(hand.panel()).toBeFocused();
  await expect(hand.moves().first()).toContainText("A");
  await hand.press("a", "b");
  await expect(page.getByRole("table", { name: /^Schedule/ })).toContainText("the same as A read");
  await expect(hand.moves().first()).toContainText("UPDATE items SET stock = 0");
  await hand.press("a", "b", "a", "b");
  await expect(hand.status()).toContainText(`Broken after 6 moves: “${PROMISE}`);
  await expect(hand.panel().getByRole("listitem").filter({ hasText: `✗ ${PROMISE}` })).toBeVisible();
  await expect(page.locator(".sched tr.broke").first()).toContainText(PROMISE);
  await expect(hand.bench.step(/^Break it\s*, broken$/)).toBeVisible();
  await page.screenshot({ path: testInfo.outputPath("broken.png"), fullPage: true });

  // Back to the first move and forth again, without the mouse.
  await hand.press("Control+z", "Control+z");
  await expect(hand.status()).toContainText("4 moves made, no promise broken yet");
  await expect(hand.button(/taken back$/)).toHaveCount(2);
  await hand.press("Control+z", "Control+z", "Control+z", "Control+z");
  await expect(hand.status()).toContainText("Nobody has moved yet");
  await hand.press(...Array<string>(6).fill("Control+Shift+z"));
  await expect(hand.status()).toContainText("Broken after 6 moves");
});

test("earlier moves can be gone back to, and another one made there", async ({ page }) => {
  const hand = new Hand(page);
  await hand.open("oversell");
  for (const name of [/^aA /, /^bB /, /^aA /]) {
    const before = await hand.line().count();
    await hand.moves().filter({ hasText: name }).click();
    await expect(hand.line()).toHaveCount(before + 1);
  }
  await hand.button("Go to move 1: A").click();
  await expect(hand.status()).toContainText("1 move made");
  await expect(hand.line()).toHaveCount(3);
  // The other branch drops what was taken back: A runs to its end, and B finds nothing left.
  await hand.moves().filter({ hasText: /^aA / }).click();
  await expect(hand.line()).toHaveCount(2);
  await hand.button(/^Run to the end/).click();
  await expect(hand.status()).toContainText("At rest after 4 moves: every promise was kept.");
  await expect(hand.moves()).toHaveCount(0);
  await hand.button("Start again").click();
  await expect(hand.status()).toContainText("Nobody has moved yet");
  await hand.button("Close").click();
  await expect(hand.panel()).toHaveCount(0);
});

test("a schedule is pasted; one that does not fit says from which move", async ({ page }) => {
  const hand = new Hand(page);
  await hand.open("oversell");
  await hand.text().fill("A B A B A B");
  await hand.button("Apply").click();
  await expect(hand.status()).toContainText(`Broken after 6 moves: “${PROMISE}`);
  await hand.button("Copy schedule").click();
  expect(await page.evaluate(() => navigator.clipboard.readText())).toBe("A B A B A B");

  await hand.text().fill("A*2 A*9 B");
  await hand.button("Apply").click();
  await expect(hand.status()).toContainText("Move 4 of the schedule is A, but it is not possible there. Possible: B.");
  await expect(hand.text()).toHaveValue("A*2 A*9 B");
  await expect(hand.line()).toHaveCount(3);
  await hand.text().fill("A nobody!");
  await hand.button("Apply").click();
  await expect(hand.status()).toContainText('The schedule cannot be read: move 2 is "nobody!"');
});

test("who must wait is greyed with the reason, and the timer can be fired", async ({ page }, testInfo) => {
  const hand = new Hand(page);
  await hand.open("deadlock");
  await hand.text().fill("A*2 B*2 A B");
  await hand.button("Apply").click();
  const blocked = hand.moves().filter({ hasText: "waits for" });
  await expect(blocked).toHaveCount(2);
  await expect(blocked.first()).toContainText(/waits for accounts \(id\)=\(\d\), held by B/);
  await expect(blocked.first()).toHaveAttribute("aria-disabled", "true");
  await expect(blocked.last()).toContainText(/held by A/);
  await page.screenshot({ path: testInfo.outputPath("blocked.png"), fullPage: true });
  // A click on it changes nothing.
  await blocked.first().click({ force: true });
  await expect(hand.line()).toHaveCount(6);
  await hand.moves().filter({ hasText: "timer" }).click();
  await expect(hand.line()).toHaveCount(7);
  await hand.button(/^Run to the end/).click();
  await expect(hand.status()).toContainText(/^Broken after/);
});

test("faults of the bound are moves", async ({ page }, testInfo) => {
  const hand = new Hand(page);
  await hand.open("double-charge");
  await hand.moves().filter({ hasText: "✗ A request lost" }).first().click();
  await expect(hand.line()).toHaveCount(1);
  await expect(hand.moves().filter({ hasText: "request lost" })).toHaveCount(0);
  await expect(hand.moves().filter({ hasText: "timer" })).toBeVisible();
  await page.screenshot({ path: testInfo.outputPath("faults.png"), fullPage: true });
});

test("a link opens the same run on another page and keeps the learner's own text", async ({ page, context }) => {
  const hand = new Hand(page);
  await hand.open("oversell");
  const lines = (await hand.bench.text()).split("\n");
  await hand.bench.type(lines.map((line) => line.replace("sold out", "all gone")).join("\n"));
  await hand.bench.run.getByRole("button", { name: "Schedule by hand" }).click();
  await hand.text().fill("A B A B A B");
  await hand.button("Apply").click();
  await expect(hand.status()).toContainText("Broken after 6 moves");
  await hand.button("Copy link").click();
  await expect(hand.button("Copied")).toBeVisible();
  const link = await page.evaluate(() => navigator.clipboard.readText());
  expect(link).toMatch(/lesson\/oversell\/#v1\.[A-Za-z0-9_-]+$/);
  expect(link.length).toBeLessThan(2_500);
  const runString = async (of: Page) => {
    await of.getByRole("tab", { name: /^Runs/ }).click();
    await of.getByText("Run string").first().click();
    return of.locator(".run-string code").first().textContent();
  };
  const made = await runString(page);

  const other = await context.browser()!.newContext({ viewport: page.viewportSize() });
  const second = await other.newPage();
  await second.goto("about:blank");
  const there = new Hand(second);
  await second.goto(link.split("#")[0]);
  await expect(there.bench.editor).toBeVisible();
  await there.bench.type((await there.bench.text()).replace("sold out", "my own words"));
  // Another address on the same page: only what stands after # changes.
  await second.goto(link);
  await expect(there.status()).toContainText("Broken after 6 moves", { timeout: 60_000 });
  expect(await there.bench.text()).toContain("all gone");
  expect(await runString(second)).toBe(made);
  await expect(second.getByText("In the editor: the link's code. Your own text is kept.")).toBeVisible();
  await second.getByRole("button", { name: "Back to my code" }).first().click();
  await expect.poll(() => there.bench.text()).toContain("my own words");
  await other.close();
});

for (const [name, hash, sentence] of [
  ["damaged", "#v1.AAAA", "This link is damaged"],
  ["newer", "#v7.AAAA", "This link was made by a newer version of this page"],
] as const) {
  test(`a ${name} link gives one sentence and the page works on`, async ({ page }) => {
    await page.goto(`lesson/oversell/${hash}`);
    await expect(page.getByRole("alert")).toContainText(sentence, { timeout: 60_000 });
    await page.getByRole("button", { name: "Close" }).click();
    const hand = new Hand(page);
    await hand.start();
  });
}

test("a link to another lesson says so", async ({ page }) => {
  const hand = new Hand(page);
  await hand.open("oversell");
  await hand.button("Copy link").click();
  const link = await page.evaluate(() => navigator.clipboard.readText());
  await page.goto(`lesson/deadlock/#${link.split("#")[1]}`);
  await expect(page.getByRole("alert")).toContainText("This link belongs to another lesson.", { timeout: 60_000 });
});

test("nothing is wider than the page, and every button can be hit", async ({ page, isMobile }, testInfo) => {
  const hand = new Hand(page);
  await hand.open("oversell");
  await hand.text().fill("A B A B A B");
  await hand.button("Apply").click();
  await expect(hand.status()).toContainText("Broken after 6 moves");
  for (const scheme of ["light", "dark"] as const) {
    await page.emulateMedia({ colorScheme: scheme });
    await page.screenshot({ path: testInfo.outputPath(`${scheme}.png`), fullPage: true });
  }
  const wide = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  expect(wide).toBe(0);
  const least = isMobile ? 44 : 36;
  for (const button of await hand.panel().getByRole("button").all()) {
    expect((await button.boundingBox())!.height, (await button.textContent()) ?? "").toBeGreaterThanOrEqual(least - 0.5);
  }
});
