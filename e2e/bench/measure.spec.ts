import { writeFileSync } from 'node:fs'
import type { Browser, BrowserContext, Page } from '@playwright/test'
import { signIn } from '../support/pages'
import { expect, resize, test } from '../support/test'
import { weigh } from '../support/weight'
import { Console } from './console'
import { answer, mainThread, shown, slowDown, watch } from './probe'

const users = 1_000
const runs = Number(process.env.RUNS ?? 7)

/** One figure, measured several times; "" is without throttling. */
interface Case { name: string, condition: '' | 'slow', unit: string, values: number[] }

const cases: Case[] = []

function note(name: string, condition: Case['condition'], unit: string, value: number) {
  let found = cases.find((c) => c.name === name && c.condition === condition)
  if (!found) cases.push(found = { name, condition, unit, values: [] })
  found.values.push(value)
}

type Cookies = Awaited<ReturnType<BrowserContext['cookies']>>

/** A browser that has only the cookies of a session: nothing in its cache, no connection open. */
async function fresh(browser: Browser, baseURL: string, cookies: Cookies, condition: Case['condition']): Promise<Page> {
  const context = await browser.newContext({ baseURL, viewport: { width: 1280, height: 800 } })
  await context.addCookies(cookies)
  await watch(context)
  const page = await context.newPage()
  if (condition === 'slow') await slowDown(page)
  return page
}

/** How long the browser takes for a page of one word: the lower bound for every page. */
async function floor(page: Page, condition: Case['condition']) {
  await page.goto('/healthz')
  await page.waitForFunction(() => window.notes.frame > 0)
  note('A page of one word, cold', condition, 'ms', await page.evaluate(() => window.notes.frame - performance.timeOrigin))
}

/** Opens the list as a first visit, with everything that it loads. */
async function visit(page: Page, condition: Case['condition']) {
  const weight = await weigh(page)
  const busy = await mainThread(page)
  await busy()
  // "fresh" has the server read the list anew as well: nothing is cached anywhere.
  await page.goto('/users?fresh=1')
  note('First row, cold', condition, 'ms', await shown(page))
  await page.waitForLoadState('networkidle')
  note('First visit: bytes', condition, 'B', weight.bytes)
  note('First visit: requests', condition, '', weight.paths.length)
  note('Main thread busy, first visit', condition, 'ms', await busy())
  note('Long tasks, first visit', condition, '', await page.evaluate(() => window.notes.longTasks))
  note('Layout shift', condition, 'score', await page.evaluate(() => window.notes.shift))
}

async function search(page: Page, condition: Case['condition']) {
  const box = page.getByRole('searchbox')
  // Set, not typed, so that no request is sent before Enter.
  await box.evaluate((el: HTMLInputElement) => { el.value = 'google@example' })
  note('Search: Enter to rows', condition, 'ms', await answer(page, () => box.press('Enter'), 'keydown', { selector: '[data-row] mark', text: 'google@example' }))
  await page.goto('/users')
  await page.waitForLoadState('networkidle')
  const weight = await weigh(page)
  const busy = await mainThread(page)
  await page.evaluate(() => { window.notes.longTasks = 0 })
  await box.focus()
  await busy()
  note('Search: key to rows', condition, 'ms', await answer(page, () => box.press('a'), 'keydown', { selector: '[data-row] mark', text: 'a' }))
  await page.waitForLoadState('networkidle')
  note('Main thread busy, search', condition, 'ms', await busy())
  note('Swap: bytes', condition, 'B', weight.bytes)
  note('Long tasks, search', condition, '', await page.evaluate(() => window.notes.longTasks))
}

async function look(page: Page, condition: Case['condition']) {
  const from = await page.evaluate(() => {
    document.addEventListener('click', (e) => { sessionStorage.pressed = performance.timeOrigin + e.timeStamp }, { capture: true, once: true })
    return location.pathname
  })
  await page.locator('[data-row] a.who').first().click()
  await page.waitForURL((url) => url.pathname !== from)
  await page.waitForFunction(() => window.notes.shown > 0)
  note('Details page', condition, 'ms', await page.evaluate(() => window.notes.shown - Number(sessionStorage.pressed)))
}

test('The list with a thousand accounts', { tag: '@control' }, async ({ browser, baseURL, page, admin, control }) => {
  await resize(control, admin, { users: users - 1 })
  await signIn(page, admin)
  const cookies = await page.context().cookies()
  const provider = await Console.open(browser, users)
  for (let run = 0; run < runs; run++) {
    for (const condition of ['', 'slow'] as const) {
      const empty = await fresh(browser, baseURL ?? '', cookies, condition)
      await floor(empty, condition)
      await empty.context().close()
      const p = await fresh(browser, baseURL ?? '', cookies, condition)
      await visit(p, condition)
      await p.reload()
      note('First row, warm', condition, 'ms', await shown(p))
      await p.waitForLoadState('networkidle')
      await search(p, condition)
      await look(p, condition)
      await control.change('google@example.com', { enabled: false })
      await p.goto('/users?q=google@example.com&fresh=1')
      const toggle = p.getByRole('switch').first()
      await expect(toggle).not.toBeChecked()
      note('Switch: press to new state', condition, 'ms', await answer(p, () => toggle.click(), 'click', { selector: '[data-row] [role=switch][aria-checked=true]' }))
      await p.context().close()
      await provider.measure((name, unit, value) => { note(name, condition, unit, value) }, condition === 'slow')
    }
  }
  writeFileSync(process.env.RESULTS ?? '../.cache/bench/browser.json', JSON.stringify({ browser: `Chromium ${browser.version()}, headless`, users, cases }, null, 1))
})
