// The release build, in the system's Chromium, against a database of its own.

import { rmSync } from "node:fs";
import { join } from "node:path";
import { defineConfig } from "@playwright/test";

const port = process.env.HOLDFAST_TEST_PORT ?? 3900;
const address = `http://127.0.0.1:${port}`;
const folder = import.meta.dirname;
// Another build than the release can be tried by naming it.
const program = process.env.HOLDFAST_PROGRAM ?? join(folder, "../target/release/holdfast");
const database = join(folder, "results", `holdfast-${port}.db`);

// Only the process that starts the server clears its database; each worker reads this file again.
if (process.env.TEST_WORKER_INDEX === undefined) {
  for (const suffix of ["", "-wal", "-shm"]) rmSync(database + suffix, { force: true });
}

export default defineConfig({
  testDir: "tests",
  outputDir: "results/output",
  forbidOnly: true,
  retries: 0,
  workers: 2,
  fullyParallel: true,
  // A test looks at many screens; on a busy machine that takes its time, and no test is about speed.
  timeout: 120_000,
  expect: { timeout: 15_000 },
  reporter: [["list"]],
  use: {
    baseURL: address,
    locale: "en-GB",
    timezoneId: "Africa/Lagos",
    screenshot: "only-on-failure",
    launchOptions: {
      executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
      args: process.getuid() === 0 ? ["--no-sandbox"] : [],
    },
  },
  webServer: {
    command: `exec "${program}" serve --demo --listen 127.0.0.1:${port} --database-url "sqlite://${database}"`,
    url: `${address}/healthz`,
    stdout: "ignore",
    stderr: "pipe",
    gracefulShutdown: { signal: "SIGTERM", timeout: 15_000 },
  },
});
