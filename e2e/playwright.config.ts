import { defineConfig } from '@playwright/test';

// `cargo xtask test` serves the built site and says where; by hand, `cargo xtask serve` does.
const url = process.env.KUBARIUM_URL ?? 'http://127.0.0.1:8080/';

export default defineConfig({
  testDir: 'tests',
  outputDir: '../test-results',
  timeout: 120_000,
  expect: { timeout: 15_000 },
  // One after another: the cluster of each test wants a processor of its own, and one test measures.
  workers: 1,
  fullyParallel: false,
  retries: 0,
  forbidOnly: true,
  use: {
    baseURL: url,
    // What a service worker fetches no test could hold up; its own test lets it.
    serviceWorkers: 'block',
    viewport: { width: 1280, height: 800 },
    trace: 'retain-on-failure',
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
