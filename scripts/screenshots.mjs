// Makes the pictures of docs/screenshots from the demo: node scripts/screenshots.mjs. `make screenshots` has built
// .cache/demo and got a browser before.
import { spawn } from 'node:child_process'
import { mkdirSync } from 'node:fs'
import { createRequire } from 'node:module'
import { fileURLToPath } from 'node:url'
import { findBrowser, launchArgs } from '../e2e/support/browser.mjs'

const here = (/** @type {string} */ path) => fileURLToPath(new URL(path, import.meta.url))
const { chromium } = createRequire(here('../e2e/package.json'))('@playwright/test')
const folder = here('../docs/screenshots')

const demo = spawn(here('../.cache/demo'), ['--listen=127.0.0.1:0', '--stand-in=127.0.0.1:0', '--seats=200'], { stdio: ['ignore', 'pipe', 'inherit'] })
const address = await new Promise((resolve, reject) => {
  let said = ''
  demo.stdout.on('data', (chunk) => {
    said += chunk
    const found = /Open\s+(http\S+)/.exec(said)
    if (found) resolve(found[1])
  })
  demo.once('exit', () => reject(new Error(`the demo ended:\n${said}`)))
})

const browser = await chromium.launch({ executablePath: findBrowser(), args: launchArgs })
try {
  mkdirSync(folder, { recursive: true })
  for (const colorScheme of ['light', 'dark']) {
    const page = await browser.newPage({ baseURL: address, viewport: { width: 1280, height: 800 }, colorScheme, timezoneId: 'Europe/Berlin', reducedMotion: 'reduce' })
    await page.goto('/users')
    await page.getByLabel('Username or email').fill('admin@example.com')
    await page.getByLabel('Password', { exact: true }).fill('demo')
    await page.getByRole('button', { name: /^sign in$/i }).click()
    await page.getByRole('table', { name: 'Users' }).waitFor()
    await page.waitForLoadState('networkidle')
    await page.screenshot({ path: `${folder}/users-${colorScheme}.png` })
    await page.close()
  }
} finally {
  await browser.close()
  demo.kill('SIGTERM')
}
