import { defineConfig, devices } from '@playwright/test'
import { findBrowser, launchArgs } from './support/browser.mjs'

// What an instance lacks is left out by tag and said, never passed over in silence within a spec:
// @control needs the stand-in's test controls, @provider the embedded identity provider, @oneserver that whoever has read
// the list answers the next request too: each of several servers keeps a list of its own. @direct is what a proxy refuses
// by itself, so that it never gets to us.
const lacking: string[] = []
if (process.env.E2E_BASE_URL && !process.env.E2E_CONTROL_URL) lacking.push('@control')
if (process.env.E2E_BASE_URL && process.env.E2E_PROVIDER !== 'demo') lacking.push('@provider')
if (Number(process.env.E2E_SERVERS) > 1) lacking.push('@oneserver')
if (process.env.E2E_SERVERS) lacking.push('@direct')
if (lacking.length > 0 && !process.env.TEST_WORKER_INDEX) console.error(`Left out on this instance: specs tagged ${lacking.join(' or ')}`)
const leftOut = (...more: string[]) => [...lacking, ...more].map((tag) => new RegExp(`${tag}(?![\\w-])`))

export default defineConfig({
  testDir: 'specs',
  outputDir: 'results',
  fullyParallel: true,
  workers: 2,
  // In CI a test is tried once more, and told as flaky: the machine may be busy with something else.
  retries: process.env.CI ? 1 : 0,
  forbidOnly: Boolean(process.env.CI),
  timeout: 180_000, // axe over a large page, on a busy machine
  expect: { timeout: 20_000 },
  reporter: [['line'], ['html', { outputFolder: 'report', open: 'never' }]],
  use: {
    actionTimeout: 60_000,
    trace: { mode: 'retain-on-failure', screenshots: false, sources: false },
    launchOptions: { executablePath: findBrowser(), args: launchArgs },
  },
  // A spec runs on the desktop unless tagged @no-desktop; @nojs and @phone run it there as well.
  projects: [
    { name: 'js', grepInvert: leftOut('@no-desktop'), use: { ...devices['Desktop Chrome'], viewport: { width: 1280, height: 800 } } },
    { name: 'nojs', grep: /@nojs/, grepInvert: leftOut(), use: { ...devices['Desktop Chrome'], viewport: { width: 1280, height: 800 }, javaScriptEnabled: false } },
    { name: 'phone', grep: /@phone/, grepInvert: leftOut(), use: { viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true, deviceScaleFactor: 2 } },
    // Pictures are of one configuration. To renew them: make pictures ARGS=--update-snapshots
    {
      name: 'pictures',
      testDir: 'pictures',
      grepInvert: leftOut(),
      snapshotPathTemplate: '{testDir}/{arg}{ext}',
      expect: { toHaveScreenshot: { scale: 'device', animations: 'disabled', caret: 'hide', maxDiffPixelRatio: 0.035 } },
      use: { viewport: { width: 1280, height: 800 }, deviceScaleFactor: 0.25, locale: 'en-GB', timezoneId: 'UTC' },
    },
  ],
})
