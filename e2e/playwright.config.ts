import { defineConfig } from '@playwright/test';

// `cargo xtask test` serves the built site and says where; by hand, `cargo xtask serve` does.
const url = process.env.KUBARIUM_URL ?? 'http://127.0.0.1:8080/';

const MEASURING = /smooth\.spec\.ts$/;

export default defineConfig({
  testDir: 'tests',
  outputDir: '../test-results',
  timeout: 120_000,
  expect: { timeout: 15_000 },
  // A test waits as often as it computes: its cluster lives in real time. So two share the machine, and the one that
  // measures has it to itself in the end.
  workers: 2,
  fullyParallel: true,
  projects: [
    { name: 'site', testIgnore: MEASURING },
    { name: 'measured', testMatch: MEASURING, dependencies: ['site'] },
  ],
  retries: 0,
  forbidOnly: true,
  use: {
    baseURL: url,
    // What a service worker fetches no test could hold up; its own test lets it.
    serviceWorkers: 'block',
    viewport: { width: 1280, height: 800 },
    // Recording one costs every test time; `npx playwright test --trace on NAME` does it for the one that failed.
    trace: 'off',
    screenshot: 'only-on-failure',
    launchOptions: {
      executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
      args: [
        '--no-sandbox',
        '--disable-gpu',
        '--disable-quic',
        '--no-first-run',
        '--disable-background-networking',
        '--disable-component-update',
        '--disable-sync',
      ],
    },
  },
});
