// How long "Prove it" takes in the page: `cargo xtask bench --browser` calls `node explore.mjs` once `dist` is built.
// In: `dist`, the lessons' broken code. Out, as JSON on the last line, for each lesson: the milliseconds from the press to
// the verdict on the page, the first time and the fastest of several more, on an engine that is warm; the longest time
// between two changes of the progress that the page shows; what was explored, in the page's words. Judging is more than
// exploring: other cases are run, too, and each counterexample once more. The fastest of several rounds counts, because
// machines are shared.
import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { chromium } from "@playwright/test";

const ROUNDS = 4;
const dist = process.env.UNHAPPY_DIST ?? "../../dist";
const port = "8398";
const server = spawn("node", ["server.mjs"], { env: { ...process.env, UNHAPPY_PORT: port, UNHAPPY_DIST: dist }, stdio: "ignore" });
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? "chromium",
  args: ["--no-sandbox", "--disable-dev-shm-usage"],
});
try {
  await new Promise((resolve) => setTimeout(resolve, 500));
  const figures = [];
  for (const lesson of ["oversell", "double-charge", "deadlock"]) figures.push({ lesson, ...(await prove(lesson)) });
  console.log(JSON.stringify(figures));
} finally {
  await browser.close();
  server.kill();
}

async function prove(lesson) {
  const code = readFileSync(`../../lessons/${lesson}/server.py`, "utf8");
  const page = await browser.newPage();
  await page.goto(`http://127.0.0.1:${port}/lesson/${lesson}/`);
  const editor = page.getByRole("textbox", { name: "server.py" });
  await editor.waitFor();
  const rounds = [];
  for (let round = 0; round < ROUNDS; round++) {
    // Code that differs: the verdict before is taken away, so that the next one is seen to come.
    await editor.fill(`${code}\n# ${round}\n`);
    await page.locator(".judgement").waitFor({ state: "detached" });
    // The page looks for mistakes a moment after typing.
    await page.waitForTimeout(1500);
    rounds.push(await page.evaluate(press));
  }
  await page.close();
  const [first, ...warm] = rounds;
  const best = warm.reduce((best, next) => (next.prove_ms < best.prove_ms ? next : best));
  return { first_ms: first.prove_ms, ...best };
}

/** Presses "Prove it" and waits for the verdict. */
function press() {
  const button = [...document.querySelectorAll(".runbar button")].find(({ textContent }) => textContent.startsWith("Prove it"));
  return new Promise((resolve) => {
    let [shown, changed, silence] = ["", undefined, 0];
    const began = performance.now();
    const look = () => {
      const now = performance.now();
      const words = document.querySelector(".runbar .working").textContent;
      if (words !== shown) {
        if (changed !== undefined) silence = Math.max(silence, now - changed);
        [shown, changed] = [words, now];
      }
      const verdict = document.querySelector(".judgement");
      if (verdict === null) return;
      observer.disconnect();
      const said = [...verdict.querySelectorAll(".verdict h2, .proof h3, .proof > p:first-of-type")].map(({ textContent }) => textContent.trim());
      resolve({ prove_ms: Math.round(now - began), longest_silence_ms: Math.round(silence), said });
    };
    const observer = new MutationObserver(look);
    observer.observe(document.body, { subtree: true, childList: true, characterData: true, attributes: true });
    button.click();
  });
}
