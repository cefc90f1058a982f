import { below } from '../support/below'
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

  // The first use of locales and zones blocks a thread longer than the rest of the script. Not the duration is checked
  // here, but the thread: a worker, before the page makes a format of its own.
  test('on a first visit the page waits for a worker before it looks at locales and zones', { tag: ['@control', '@phone'] }, async ({ page, admin, elsewhere }) => {
    await signIn(page, admin)
    const first = await elsewhere()
    await first.context().addCookies(await page.context().cookies())
    await first.addInitScript(() => {
      const looks: string[] = []
      const noted = <T extends object>(what: T) => new Proxy(what, {
        apply(of, me, given) { looks.push('page'); return Reflect.apply(of as never, me, given) as unknown },
        construct(of, given) { looks.push('page'); return Reflect.construct(of as never, given) as object },
      })
      for (const [owner, names] of [[Intl, /Format$/], [Date.prototype, /locale/i], [Number.prototype, /locale/i], [String.prototype, /localeCompare/]] as const) {
        for (const name of Object.getOwnPropertyNames(owner)) {
          if (names.test(name)) Object.assign(owner, { [name]: noted(owner[name as keyof typeof owner] as object) })
        }
      }
      const Noticed = class extends Worker {
        constructor(...given: ConstructorParameters<typeof Worker>) {
          super(...given)
          this.addEventListener('message', () => looks.push('worker'))
        }
      }
      Object.assign(window, { looks, Worker: Noticed })
    })
    await first.goto('/users')
    await expect.poll(() => first.evaluate(() => (window as unknown as { looks: string[] }).looks), 'who looked').toContain('page')
    expect(await first.evaluate(() => (window as unknown as { looks: string[] }).looks[0])).toBe('worker')
  })

  test('a second page loads nothing that the first has brought', { tag: '@control' }, async ({ page, admin }) => {
    await signIn(page, admin)
    await page.waitForLoadState('networkidle')
    const weight = await weigh(page)
    await page.goto('/activity')
    await page.waitForLoadState('networkidle')
    expect(weight.paths).toEqual([below('/activity')])
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
