// The first-time path of each lesson about interleavings and faults: run, break, look, fix, compare, prove; a wrong
// fix is refused and its failing run opens. The code is typed, as a learner would.
import { readFileSync } from "node:fs";
import path from "node:path";
import { expect, test, Workbench } from "./lab";

type Lesson = {
  slug: string;
  /** The right answer to the question before the traffic. */
  prediction: string | RegExp;
  /** The promise that the first traffic run breaks. */
  promise: string;
  /** Something that the schedule must show. */
  seen: RegExp;
  /** Files of the fix that is typed, by the name of the tab. */
  fix: Record<string, string>;
  /** Its family. */
  family: string;
  /** A wrong fix, and a part of its reason. */
  wrong: { name: string; reason: RegExp };
};

const lessons: Lesson[] = [
  {
    slug: "oversell",
    prediction: "More than one",
    promise: "Never more units sold than came into the warehouse.",
    seen: /the same as A read/,
    fix: { "server.py": "atomic.py" },
    family: "Check and subtract in one UPDATE",
    wrong: { name: "An asyncio.Lock in the module", reason: /process/ },
  },
  {
    slug: "deadlock",
    prediction: /until the database ends one of them with an error/,
    promise: "Every transfer gets an answer, and no answer is a crash.",
    seen: /waits for .*accounts/,
    fix: { "server.py": "fixed-order.py" },
    family: "Lock in a fixed order: the smaller id first",
    wrong: { name: "Catch the deadlock and answer 200", reason: /./ },
  },
  {
    slug: "pool-deadlock",
    prediction: /until the time-out$/,
    promise: "Every request gets an answer, and no answer is a crash.",
    seen: /waits for a connection/,
    fix: { "server.py": "call-first.py" },
    family: "Call first, then open the transaction",
    wrong: { name: "An asyncio.Lock around the order", reason: /leaves a connection free/ },
  },
  {
    slug: "write-skew",
    prediction: "Both leave, and nobody is on call",
    promise: "In every night at least one doctor is on call.",
    seen: /the same as [A-Z]+ read/,
    fix: { "server.py": "lock-rows.py" },
    family: "Lock first, then look: SELECT … FOR UPDATE",
    wrong: { name: "FOR UPDATE on one's own row", reason: /two doctors, two rows/ },
  },
  {
    slug: "double-charge",
    prediction: "Some orders are charged twice",
    promise: "No card is charged more than its order costs.",
    seen: /lost/,
    fix: { "server.py": "order-key.py", "schema.sql": "order-key.sql" },
    family: "The order is the key: one payment row for each order",
    wrong: { name: "Store the key after the charge", reason: /./ },
  },
  {
    slug: "partial-failure",
    prediction: "Somebody pays and gets no order",
    promise: "In the end, every card was charged for the confirmed orders it paid, and for nothing else.",
    seen: /charge/,
    fix: { "server.py": "reserve.py" },
    family: "Reserve, charge, confirm; a job finishes what is left",
    wrong: { name: "Refund in except", reason: /./ },
  },
];

test.describe.configure({ timeout: 300_000 });

for (const lesson of lessons) {
  const text = (file: string) => readFileSync(path.resolve("../../lessons", lesson.slug, "fixes", file), "utf8");

  test(`${lesson.slug}: run, break, look, fix, compare, prove`, async ({ page }, testInfo) => {
    const picture = async (name: string) => page.screenshot({ path: testInfo.outputPath(`${name}.png`) });
    await page.goto(`lesson/${lesson.slug}/`);
    const bench = new Workbench(page);
    await expect(bench.editor).toBeVisible();
    await expect(bench.task.getByText("This code is deliberately broken")).toBeVisible();
    await picture("brief");

    await bench.task.getByRole("button", { name: "Run one request" }).click();
    await expect(bench.headline(/^One request/)).toBeVisible();
    await bench.task.getByRole("button", { name: "Predict what traffic does" }).click();
    await bench.task.getByLabel(lesson.prediction).check();
    await bench.task.getByRole("button", { name: "Keep this answer" }).click();

    await bench.task.getByRole("button", { name: "Send production traffic" }).click();
    const promises = bench.evidence.getByRole("list", { name: "Promises" });
    const broken = promises.getByRole("listitem").filter({ hasText: lesson.promise });
    const tab = (name: string) => page.getByRole("tab", { name, exact: true });
    await expect(bench.step(/^Break it\s*, broken$/)).toHaveAttribute("aria-current", "step", { timeout: 60_000 });
    await expect(tab("Schedule")).toHaveAttribute("aria-selected", "true");
    await tab("Evidence").click();
    await expect(broken).toContainText("broken", { timeout: 60_000 });
    await picture("broken");

    // The schedule: what happened, row by row; the broken step is the one red row, and a row leads to its line.
    await broken.getByRole("button").click();
    const schedule = page.getByRole("table", { name: /^Schedule/ });
    await expect(schedule).toBeVisible();
    await expect(page.locator(".sched")).toContainText(lesson.seen);
    await picture("schedule");
    const row = schedule.getByRole("button", { name: /server\.py line \d+/ }).first();
    await row.click();
    await expect(page.locator("[class*=cm-sel]").first()).toBeVisible();

    // The fix is typed, and compared with the code before under the same inputs.
    await bench.step("Fix").click();
    for (const [name, file] of Object.entries(lesson.fix)) {
      await page.getByRole("tab", { name: new RegExp(`^${name.replace(".", "\\.")}`) }).click();
      const editor = page.getByRole("textbox", { name });
      await editor.fill(text(file));
    }
    // A run that has ended opens its schedule.
    await tab("Evidence").click();
    await bench.sendTraffic();
    await expect(tab("Schedule")).toHaveAttribute("aria-selected", "true", { timeout: 60_000 });
    await tab("Evidence").click();
    await expect(broken).toContainText("kept", { timeout: 60_000 });
    await expect(bench.evidence.getByText("broken before").first()).toBeVisible({ timeout: 60_000 });
    await picture("compare");

    await bench.prove();
    await expect(bench.verdict().getByRole("heading", { name: "Accepted" })).toBeVisible({ timeout: 240_000 });
    await expect(bench.verdict()).toContainText(lesson.family);
    await expect(bench.verdict()).toContainText(/Safe in all (at least )?[\d,]+ schedules/);
    await picture("prove");
  });

  test(`${lesson.slug}: a wrong fix is refused, and its failing run opens`, async ({ page }, testInfo) => {
    await page.goto(`lesson/${lesson.slug}/`);
    const bench = new Workbench(page);
    await expect(bench.editor).toBeVisible();
    await bench.tryVersion(lesson.wrong.name);
    await expect(bench.verdict().getByRole("heading", { name: "Refused" })).toBeVisible({ timeout: 240_000 });
    await expect(bench.verdict()).toContainText(lesson.wrong.reason);
    await bench.verdict().getByRole("button", { name: /^Open this run/ }).first().click();
    const schedule = page.getByRole("table", { name: /^Schedule/ });
    await expect(schedule).toBeVisible({ timeout: 60_000 });
    await expect(page.locator(".sched tr.broke").first()).toBeVisible();
    await page.screenshot({ path: testInfo.outputPath("failing-run.png") });
  });
}
