import type { BrowserContext, Page } from '@playwright/test'

/** What a page measures, times in milliseconds since 1970. */
interface Notes {
  /** When the first frame was drawn. */
  frame: number
  /** When a row, or the heading of a page without rows, was on the screen. */
  shown: number
  /** When the reader last pressed a key or a button that is waited for, and when the answer was on the screen. */
  pressed: number
  answered: number
  longTasks: number
  shift: number
}

declare global {
  interface Window { notes: Notes }
}

/** What there is on the pages of the dashboard once they are shown. */
const ours = '[data-row], main.details h1, main h1 bdi'

/** Makes every page of a context measure itself. It runs before the page's own scripts and changes nothing in the page. */
export async function watch(context: BrowserContext, selector = ours) {
  await context.addInitScript((selector) => {
    const notes: Notes = { frame: 0, shown: 0, pressed: 0, answered: 0, longTasks: 0, shift: 0 }
    window.notes = notes
    const now = () => performance.timeOrigin + performance.now()
    // A frame after the element is there, it has been drawn. Frames begin when the style sheet has come.
    const look = () => {
      if (document.querySelector(selector)) requestAnimationFrame(() => { notes.shown = now() })
      else requestAnimationFrame(look)
    }
    requestAnimationFrame(() => { notes.frame = now() })
    requestAnimationFrame(look)
    new PerformanceObserver((list) => { notes.longTasks += list.getEntries().length }).observe({ type: 'longtask', buffered: true })
    new PerformanceObserver((list) => {
      for (const e of list.getEntries() as (PerformanceEntry & { value: number, hadRecentInput: boolean })[]) if (!e.hadRecentInput) notes.shift += e.value
    }).observe({ type: 'layout-shift', buffered: true })
  }, selector)
}

/** Waits until what was watched for is on the screen, and returns how long after its address was asked for. */
export async function shown(page: Page): Promise<number> {
  return await shownAt(page) - await page.evaluate(() => performance.timeOrigin)
}

/** Waits until what was watched for is on the screen, and returns when, in milliseconds since 1970. */
export async function shownAt(page: Page): Promise<number> {
  return (await page.waitForFunction(() => window.notes.shown)).jsonValue()
}

/** What has to be in the page for an answer to be there: some element with this text in it. */
export interface Awaited { selector: string, text?: string }

/** Presses, and returns how many milliseconds later something is on the screen that wasn't there before. */
export async function answer(page: Page, press: () => Promise<void>, event: 'keydown' | 'click', wanted: Awaited): Promise<number> {
  const early = await page.evaluate(({ event, wanted }) => {
    const there = () => [...document.querySelectorAll(wanted.selector)].some((el) => el.textContent?.includes(wanted.text ?? ''))
    window.notes.answered = 0
    document.addEventListener(event, (e) => { window.notes.pressed = performance.timeOrigin + e.timeStamp }, { capture: true, once: true })
    const seen = new MutationObserver(() => {
      if (!there()) return
      seen.disconnect()
      requestAnimationFrame(() => { window.notes.answered = performance.timeOrigin + performance.now() })
    })
    seen.observe(document, { childList: true, subtree: true, attributes: true, characterData: true })
    return there()
  }, { event, wanted })
  if (early) throw new Error(`${wanted.selector} is there before anything was pressed`)
  await press()
  await page.waitForFunction(() => window.notes.answered > 0)
  return page.evaluate(() => window.notes.answered - window.notes.pressed)
}

/** Four times slower, with the connection of a phone on slow 4G as Lighthouse has it. */
export async function slowDown(page: Page) {
  const session = await page.context().newCDPSession(page)
  await session.send('Emulation.setCPUThrottlingRate', { rate: 4 })
  await session.send('Network.enable')
  await session.send('Network.emulateNetworkConditions', { offline: false, latency: 150, downloadThroughput: 1.6e6 / 8, uploadThroughput: 750e3 / 8 })
}

/**
 * Tells how many milliseconds of a processor the page's main thread has used since it was last asked, waiting for a
 * processor left out. With less than 50 of them there can be no long task but for want of a processor.
 */
export async function mainThread(page: Page): Promise<() => Promise<number>> {
  const session = await page.context().newCDPSession(page)
  await session.send('Performance.enable', { timeDomain: 'threadTicks' })
  let before = 0
  return async () => {
    const { metrics } = await session.send('Performance.getMetrics')
    const total = (metrics.find((m) => m.name === 'TaskDuration')?.value ?? 0) * 1000
    const used = total - before
    before = total
    return used
  }
}
