// Browser tests of the built page: a desktop and a phone, in a Chromium that is already installed.
// `cargo xtask test --only browser` sets CHROMIUM and UNHAPPY_DIST.
import { defineConfig } from "@playwright/test";

const port = Number(process.env.UNHAPPY_PORT ?? 8317);
// Below a path, as on a project page: an absolute address anywhere in the site would be noticed.
const prefix = "/some/where/";

export default defineConfig({
  testDir: ".",
  testMatch: "**/*.spec.ts",
  outputDir: "test-results",
  reporter: [["list"]],
  forbidOnly: !!process.env.CI,
  fullyParallel: true,
  workers: 2,
  // A second try on a build machine, where other work may take the processor; it is reported as flaky.
  retries: process.env.CI ? 1 : 0,
  // The engine needs a second to start; two at a time on a busy machine need a few.
  timeout: 60_000,
  expect: { timeout: 15_000 },
  use: {
    baseURL: `http://127.0.0.1:${port}${prefix}`,
    trace: "off",
    launchOptions: {
      executablePath: process.env.CHROMIUM ?? "chromium",
      // Chromium's sandbox does not start as root, which is what a build machine often is.
      args: ["--no-sandbox", "--disable-dev-shm-usage"],
    },
  },
  projects: [
    { name: "desktop", use: { viewport: { width: 1280, height: 800 } } },
    { name: "phone", use: { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true, deviceScaleFactor: 2 } },
  ],
  webServer: {
    command: "node server.mjs",
    url: `http://127.0.0.1:${port}${prefix}`,
    env: { UNHAPPY_PORT: String(port), UNHAPPY_PREFIX: prefix, UNHAPPY_DIST: process.env.UNHAPPY_DIST ?? "../../dist" },
    reuseExistingServer: false,
  },
});
