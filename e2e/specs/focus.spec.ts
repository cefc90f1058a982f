import type { Locator, Page } from '@playwright/test'
import { row, signIn, statusSwitch, usersTable } from '../support/pages'
import { expect, test } from '../support/test'

/** The focused element, and what is wrong with how it looks. */
interface Stop { name: string, place: number, faults: string[] }

/** Looks at the element that has the focus; undefined once the focus has left the page. */
function stop(page: Page): Promise<Stop | undefined> {
  return page.evaluate(async () => {
    await new Promise(requestAnimationFrame) // it has been scrolled to
    const el = document.activeElement
    if (!el || el === document.body) return undefined
    const style = getComputedStyle(el)
    const box = el.getBoundingClientRect()
    const faults: string[] = []
    if (style.outlineStyle === 'none' || parseFloat(style.outlineWidth) < 2) faults.push('has no outline of 2 px')
    // Nothing of ours lies over it: its middle and two of its corners belong to it, of each line of text that it has
    // (WCAG 2.4.11, 2.4.12).
    const mine = (x: number, y: number) => {
      const top = document.elementFromPoint(x, y)
      return Boolean(top && (el.contains(top) || top.contains(el)))
    }
    const lines = [...el.getClientRects()].filter((line) => line.width > 8)
    const points = lines.flatMap((line) => [[line.x + line.width / 2, line.y + line.height / 2], [line.x + 4, line.y + 4], [line.right - 4, line.bottom - 4]] as const)
    if (lines.length === 0 || !points.every(([x, y]) => mine(x, y))) faults.push(`is hidden or covered at ${Math.round(box.x)},${Math.round(box.y)} ${Math.round(box.width)}x${Math.round(box.height)}`)
    if ((el as HTMLElement).tabIndex > 0) faults.push('has a tabindex of its own')
    return { name: `${el.localName}#${el.id} ${el.getAttribute('aria-label') ?? el.textContent?.trim().slice(0, 30) ?? ''}`, place: [...document.querySelectorAll('*')].indexOf(el), faults }
  })
}

/** Walks through the page with a key until the focus has left it or is back where it was first, which has to come. */
async function walk(page: Page, key: 'Tab' | 'Shift+Tab'): Promise<Stop[]> {
  const stops: Stop[] = []
  for (let i = 0; i < 250; i++) {
    const here = await stop(page)
    if (stops.length > 0 && (!here || here.place === stops[0]?.place)) return stops
    if (here) stops.push(here)
    await page.keyboard.press(key)
  }
  throw new Error(`the focus never comes out: ${stops.slice(-5).map((s) => s.name).join(', ')}`)
}

/** Backwards as well it must come into view: a list that is scrolled up passes below its sticky head. */
async function expectWalkable(page: Page, what: string, key: 'Tab' | 'Shift+Tab' = 'Tab') {
  if (key === 'Tab') {
    await page.evaluate(() => {
      document.body.tabIndex = -1
      document.body.focus()
      document.body.removeAttribute('tabindex')
    })
  }
  const stops = await walk(page, key)
  expect(stops.flatMap((s) => s.faults.map((fault) => `${s.name} ${fault}`)), what).toEqual([])
  expect(stops.length, what).toBeGreaterThan(key === 'Tab' ? 0 : 50)
  const places = stops.map((s) => s.place)
  const inOrder = [...places].sort((a, b) => key === 'Tab' ? a - b : b - a)
  expect(places, `${what}: the order of the focus is that of the page`).toEqual(inOrder)
}

/** Follows a link by the keyboard, until what it brought is in the page. */
async function pressAndWait(page: Page, link: Locator) {
  const answer = page.waitForResponse((r) => r.request().headers()['hx-request'] === 'true')
  await link.focus()
  await page.keyboard.press('Enter')
  await answer
  await expect(page.locator('.htmx-request')).toHaveCount(0)
}

test.describe('The focus', () => {
  test('walks through every page in its order, can be seen at each stop, and comes out', { tag: ['@phone', '@control'] }, async ({ page, admin, control, troubles }) => {
    troubles.expectStatus(404)
    const { id } = await control.user('dora.other@example.com')
    await signIn(page, admin)
    await page.waitForLoadState('networkidle')
    await expectWalkable(page, '/users')
    await page.getByRole('link', { name: 'JSON' }).focus()
    await expectWalkable(page, '/users, back', 'Shift+Tab')
    for (const path of ['/users?q=google@example.com', `/users/${id}`, `/users/${id}/deactivate`, '/invite', '/activity', '/sessions', '/nothing-here', '/signed-out']) {
      await page.goto(path)
      await page.waitForLoadState('networkidle')
      await test.step(path, () => expectWalkable(page, path))
    }
  })

  test('stays where it was when the list is drawn again', { tag: '@control' }, async ({ page, admin }) => {
    await signIn(page, admin)
    const counts = page.getByRole('navigation', { name: 'Filter by status' })
    for (const link of [
      page.getByRole('columnheader', { name: 'Created' }).getByRole('link'),
      counts.getByRole('link', { name: /^Active/ }),
      counts.getByRole('link', { name: /^All/ }),
      page.getByRole('link', { name: 'Refresh' }),
      page.getByRole('link', { name: 'Next page' }),
    ]) {
      await pressAndWait(page, link)
      await expect(link).toBeFocused()
    }
  })

  test('goes to the other link of the pages when its own leads nowhere', { tag: '@control' }, async ({ page, admin }) => {
    await signIn(page, admin, '/users?per=100')
    const next = page.getByRole('link', { name: 'Next page' })
    const previous = page.getByRole('link', { name: 'Previous page' })
    await pressAndWait(page, next)
    await pressAndWait(page, next)
    await expect(next).toBeDisabled()
    await expect(previous).toBeFocused()
    await pressAndWait(page, previous)
    await pressAndWait(page, previous)
    await expect(next).toBeFocused()
  })

  test('stays with who types while the network is gone: no letter is taken for a shortcut', { tag: '@control' }, async ({ page, context, admin, troubles }) => {
    troubles.expect(/ERR_INTERNET_DISCONNECTED/, /htmx:error: Failed to fetch/)
    await signIn(page, admin)
    const box = page.getByRole('searchbox')
    await context.setOffline(true)
    await box.pressSequentially('j')
    await expect(page.getByRole('alert').filter({ hasText: 'No answer.' })).toBeVisible()
    await page.keyboard.type('i')
    await expect(box).toBeFocused()
    await expect(box).toHaveValue('ji')
    await context.setOffline(false)
  })

  test('is back on the switch after Undo by the keyboard', { tag: '@control' }, async ({ page, admin }) => {
    await signIn(page, admin, '/users?q=google@example.com')
    const toggle = statusSwitch(page, 'Gil Google')
    await toggle.press('Space')
    await page.getByRole('button', { name: 'Deactivate', exact: true }).press('Enter')
    await expect(toggle).not.toBeChecked()
    await page.getByRole('button', { name: 'Undo' }).press('Enter')
    await expect(toggle).toBeChecked()
    await expect(toggle).toBeFocused()
  })

  test('stays in the search, with what was typed and the caret', { tag: '@control' }, async ({ page, admin }) => {
    await signIn(page, admin)
    const box = page.getByRole('searchbox')
    await box.pressSequentially('gogle')
    await expect(page.getByRole('heading', { name: /matches “gogle”/ })).toBeVisible()
    for (let i = 0; i < 3; i++) await page.keyboard.press('ArrowLeft')
    await page.keyboard.type('o')
    await expect(row(page, 'Gil Google')).toBeVisible()
    await expect(box).toBeFocused()
    await expect(box).toHaveValue('google')
    expect(await box.evaluate((el: HTMLInputElement) => el.selectionStart)).toBe(3)
  })

  test('goes to the next row when a change takes the row out of the list', { tag: '@control' }, async ({ page, admin }) => {
    await signIn(page, admin, '/users?status=active&q=example.org')
    await page.waitForLoadState('networkidle')
    const names = usersTable(page).getByRole('rowheader').getByRole('link')
    await expect(names.first()).toBeVisible()
    const [first, second] = await names.allInnerTexts()
    await statusSwitch(page, first ?? '').focus()
    await page.keyboard.press('Space')
    await page.getByRole('button', { name: 'Deactivate', exact: true }).press('Enter')
    await expect(names.first()).toHaveText(second ?? '')
    await expect(names.first()).toBeFocused()
  })

  test('stays inside an open dialog, and goes back to what opened a menu', { tag: '@control' }, async ({ page, admin }) => {
    await signIn(page, admin, '/users?q=google@example.com')
    await statusSwitch(page, 'Gil Google').press('Space')
    const dialog = page.getByRole('dialog')
    await expect(dialog).toBeVisible()
    for (let i = 0; i < 6; i++) {
      await page.keyboard.press('Tab')
      expect(await page.evaluate(() => document.activeElement === document.body || Boolean(document.activeElement?.closest('dialog[open]')))).toBe(true)
    }
    await page.keyboard.press('Escape')
    await expect(statusSwitch(page, 'Gil Google')).toBeFocused()
    for (const name of ['Actions for Gil Google', /, account of /]) {
      const opener = page.getByRole('button', { name })
      await opener.press('Enter')
      await page.keyboard.press('Tab')
      expect(await page.evaluate(() => Boolean(document.activeElement?.closest(':popover-open')))).toBe(true)
      await page.keyboard.press('Escape')
      await expect(opener).toBeFocused()
    }
  })
})

test.describe('What changes is said', () => {
  const said = (page: Page, text: string | RegExp) => expect(page.getByRole('status').filter({ hasText: text }).first()).toBeAttached()

  test('how many users a search, a filter and a tab find', { tag: '@control' }, async ({ page, admin }) => {
    await signIn(page, admin)
    await page.waitForLoadState('networkidle')
    await page.getByRole('searchbox').pressSequentially('google@')
    await said(page, /^1 user found$/)
    await page.getByRole('searchbox').fill('nobody-is-like-that')
    await said(page, /^No users found$/)
    await page.getByRole('searchbox').fill('')
    await said(page, /^201 users found$/)
    await page.getByRole('navigation', { name: 'Filter by status' }).getByRole('link', { name: /^Deactivated/ }).click()
    await said(page, /^9 users found$/)
    await page.getByRole('combobox', { name: 'Trouble' }).selectOption({ index: 1 })
    await said(page, /^\d users? found$/)
  })

  test('how many entries a search of the activity finds', async ({ page, admin }) => {
    await signIn(page, admin, '/activity')
    await page.getByRole('searchbox').pressSequentially('nobody-is-like-that')
    await said(page, /^No entries found$/)
  })

  test('what was done to an account, and that the list is old', { tag: '@control' }, async ({ page, admin, control, troubles }) => {
    troubles.expectStatus(502)
    await signIn(page, admin, '/users?q=google@example.com')
    await statusSwitch(page, 'Gil Google').press('Space')
    await page.getByRole('button', { name: 'Deactivate', exact: true }).press('Enter')
    await said(page, /Deactivated\s+Gil Google/)
    await control.fault({ endpoint: 'query', status: 500 })
    await page.goto('/users?fresh=1')
    await said(page, /You can look, but not change anything until it is back/)
  })
})
