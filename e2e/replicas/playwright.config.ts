import { defineConfig } from '@playwright/test'
import base from '../playwright.config'

// The specs of ../specs against one installation behind nginx, which cmd/cluster starts. There is one stand-in, which
// each test sets back, so they run one after another. A server may be killed in the middle of any: what was in flight
// then is lost, and the test may run once more; excuses.ts holds that against the times of the kills.
export default defineConfig(base, {
  testDir: '../specs',
  outputDir: '../results/replicas',
  fullyParallel: false,
  workers: 1,
  retries: 1,
  reporter: [['list'], ['./excuses.ts']],
})
