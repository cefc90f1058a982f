import { defineConfig, devices } from '@playwright/test'
import { findBrowser, launchArgs } from '../support/browser.mjs'

// Run by scripts/bench.sh. One worker: what is measured has the machine for itself.
export default defineConfig({
  testDir: '.',
  outputDir: '../../.cache/bench/results',
  workers: 1,
  retries: 0,
  timeout: 30 * 60_000,
  expect: { timeout: 60_000 },
  reporter: [['list']],
  use: { ...devices['Desktop Chrome'], viewport: { width: 1280, height: 800 }, launchOptions: { executablePath: findBrowser(), args: launchArgs } },
})
