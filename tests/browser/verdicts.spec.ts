// The judge: right fixes accepted with their trade-off, wrong ones refused, each with its own reason.
import { code, expect, test } from "./lab";

test.setTimeout(120_000);

for (const { name, typed, statements, family } of [
  { name: "One statement with a JOIN", typed: code.join, statements: 1, family: "One statement with a JOIN" },
  {
    name: "Two statements: the orders, then all their customers",
    typed: code.inBatch,
    statements: 2,
    family: "Two statements: the orders, then all their customers",
  },
]) {
  test(`${statements} statements, typed: accepted`, async ({ bench }) => {
    await bench.type(typed);
    await bench.sendTraffic();
    await expect(bench.headline(`101 → ${statements} statements, same answer.`)).toBeVisible();
    await bench.prove();
    await expect(bench.verdict().getByRole("heading", { name: "Accepted" })).toBeVisible({ timeout: 60_000 });
    await expect(bench.verdict()).toContainText(family);
    await expect(bench.step(/^Prove\s*, done$/)).toBeVisible();
  });

  test(`${statements} statements, as the lesson's version: accepted, but not as the learner's own`, async ({ bench }) => {
    await bench.tryVersion(name);
    await expect(bench.verdict().getByRole("heading", { name: "Accepted" })).toBeVisible({ timeout: 60_000 });
    await expect(bench.headline(`101 → ${statements} statements, same answer.`)).toBeVisible();
    await expect(bench.verdict()).toContainText(family);
    await expect(bench.step(/^Prove\s*, done$/)).toHaveCount(0);
  });
}

for (const { name, reason } of [
  { name: "LIMIT 10", reason: "most orders are gone from the answer" },
  { name: "A cache inside the request", reason: "each one still costs a round trip" },
  { name: "The query inside a comprehension", reason: "it is the same loop" },
  { name: "All single queries at once, with asyncio.gather", reason: "just as many statements" },
]) {
  test(`${name}: refused with its reason`, async ({ bench }) => {
    await bench.tryVersion(name);
    await expect(bench.verdict().getByRole("heading", { name: "Refused" })).toBeVisible({ timeout: 60_000 });
    await expect(bench.verdict()).toContainText(name);
    await expect(bench.verdict()).toContainText(reason);
  });
}

test("a finding opens its run", async ({ bench }) => {
  await bench.tryVersion("LIMIT 10");
  await expect(bench.verdict().getByRole("heading", { name: "Refused" })).toBeVisible({ timeout: 60_000 });
  const about = bench.evidence.getByText(/^Run \d+: “LIMIT 10”/);
  const before = await about.innerText();
  await bench.verdict().getByRole("button", { name: /^Open this run/ }).first().click();
  await expect(about).not.toHaveText(before);
});

test("the lesson's own code is refused", async ({ bench }) => {
  await bench.prove();
  await expect(bench.verdict().getByRole("heading", { name: "Refused" })).toBeVisible({ timeout: 60_000 });
  await expect(bench.step(/^Prove\s*, done$/)).toHaveCount(0);
});
