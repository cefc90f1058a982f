import { defineConfig, devices } from '@playwright/test'
import { findBrowser, launchArgs } from '../support/browser.mjs'

// Run by scripts/test-keycloak.sh, which starts Keycloak and the dashboard in front of it.
export default defineConfig({
  testDir: '.',
  outputDir: '../../.cache/keycloak/results',
  fullyParallel: true,
  workers: 2,
  retries: 0,
  forbidOnly: Boolean(process.env.CI),
  timeout: 60_000,
  expect: { timeout: 15_000 },
  reporter: [['list']],
  use: {
    ...devices['Desktop Chrome'],
    baseURL: process.env.E2E_BASE_URL,
    trace: 'retain-on-failure',
    launchOptions: { executablePath: findBrowser(), args: launchArgs },
  },
  // All specs share one realm, so those that change it run last.
  projects: [
    { name: 'as it comes', testMatch: 'as-it-comes.spec.ts' },
    { name: 'rotation', testMatch: 'rotation.spec.ts', dependencies: ['as it comes'] },
  ],
})
