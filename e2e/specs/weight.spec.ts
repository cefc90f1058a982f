import { signIn, usersTable } from '../support/pages'
import { expect, test } from '../support/test'
import { weigh } from '../support/weight'

test.describe('What the pages weigh', () => {
  test('a first visit is at most 6 requests and 45 kB, compressed', { tag: ['@control', '@phone'] }, async ({ page, admin, elsewhere }) => {
    await signIn(page, admin)
    const first = await elsewhere()
    await first.context().addCookies(await page.context().cookies())
    const weight = await weigh(first)
    await first.goto('/users')
    await expect(usersTable(first).getByText('Password').first()).toBeAttached()
    await first.waitForLoadState('networkidle')
    expect(weight.paths.length, weight.paths.join(' ')).toBeLessThanOrEqual(6)
    expect(weight.bytes, weight.paths.join(' ')).toBeLessThanOrEqual(45_000)
  })

  test('nothing moves on a first visit, with a slow processor on slow 4G', { tag: ['@control', '@phone'] }, async ({ page, admin, elsewhere }) => {
    await signIn(page, admin)
    const first = await elsewhere()
    await first.context().addCookies(await page.context().cookies())
    await first.addInitScript(() => {
      const moved: string[] = []
      const html = (node?: Node | null) => (node instanceof Element ? node.outerHTML : node?.parentElement?.outerHTML ?? 'something')
      sessionStorage.moved = '[]'
      new PerformanceObserver((list) => {
        for (const e of list.getEntries() as (PerformanceEntry & { sources: { node?: Node }[] })[]) moved.push(...e.sources.map((s) => html(s.node).slice(0, 150)))
        sessionStorage.moved = JSON.stringify(moved)
      }).observe({ type: 'layout-shift', buffered: true })
    })
    const session = await first.context().newCDPSession(first)
    await session.send('Emulation.setCPUThrottlingRate', { rate: 4 })
    await session.send('Network.enable')
    await session.send('Network.emulateNetworkConditions', { offline: false, latency: 150, downloadThroughput: 1.6e6 / 8, uploadThroughput: 750e3 / 8 })
    await first.goto('/users')
    await expect(usersTable(first).getByText('Password').first()).toBeAttached()
    await first.waitForLoadState('networkidle')
    expect(await first.evaluate(() => JSON.parse(sessionStorage.moved as string) as string[])).toEqual([])
  })

  test('a second page loads nothing that the first has brought', { tag: '@control' }, async ({ page, admin }) => {
    await signIn(page, admin)
    await page.waitForLoadState('networkidle')
    const weight = await weigh(page)
    await page.goto('/activity')
    await page.waitForLoadState('networkidle')
    expect(weight.paths).toEqual(['/activity'])
  })

  test('a swap of the rows is at most 12 kB, with what it brings after', { tag: '@control' }, async ({ page, admin }) => {
    await signIn(page, admin)
    await page.waitForLoadState('networkidle')
    const weight = await weigh(page)
    await page.getByRole('link', { name: 'Next page' }).click()
    await expect(page.getByText(/26\s*–\s*50/)).toBeVisible()
    await page.waitForLoadState('networkidle')
    expect(weight.paths.length).toBeGreaterThan(0)
    expect(weight.bytes, weight.paths.join(' ')).toBeLessThanOrEqual(12_000)
  })
})
