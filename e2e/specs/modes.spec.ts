import type { Page } from '@playwright/test'
import { row, signIn, statusSwitch, usersTable } from '../support/pages'
import { expect, test } from '../support/test'

/** Colours and lines as the browser has computed them. */
const style = (page: Page, selector: string, property: string, pseudo?: string) =>
  page.locator(selector).first().evaluate((el, [property, pseudo]) => getComputedStyle(el, pseudo).getPropertyValue(property ?? ''), [property, pseudo])

test.describe('With forced colours', () => {
  test.use({ forcedColors: 'active' })

  test('the switch, the seats, the tags and the focus can still be told', { tag: '@control' }, async ({ page, admin, control }) => {
    await control.change('deactivated@example.com', { enabled: false })
    await signIn(page, admin, '/users?sort=problems')
    expect(await page.evaluate(() => matchMedia('(forced-colors: active)').matches)).toBe(true)

    // A switch has an outline of its own, a knob that is seen on the page's ground, and says its state by where the knob is.
    const knob = (state: string) => style(page, `[role=switch][aria-checked=${state}]:not([aria-disabled])`, 'translate', '::after')
    const on = await knob('true')
    expect(await style(page, '[role=switch]', 'outline-style', '::before')).toBe('solid')
    expect(await style(page, '[role=switch]', 'background-color', '::after')).not.toBe(await style(page, 'html', 'background-color'))
    await page.goto('/users?status=inactive')
    expect(await knob('false')).not.toBe(on)

    // A problem is an icon and words, whatever its colour.
    await page.goto('/users?status=attention')
    const problem = usersTable(page).locator('.tag', { hasText: 'Email not verified' }).first()
    await expect(problem.locator('svg')).toBeVisible()

    // Links that look like buttons keep an edge, and what floats has one.
    for (const selector of ['a.btn', '.n']) {
      expect(await style(page, selector, 'border-top-style'), selector).toBe('solid')
      expect(await style(page, selector, 'border-top-color'), selector).not.toBe(await style(page, 'html', 'background-color'))
    }
    await page.getByRole('button', { name: /, account of / }).click()
    expect(await style(page, '#account', 'border-top-style')).toBe('solid')
    const system = page.getByRole('button', { name: 'System' })
    expect(await system.evaluate((el) => getComputedStyle(el).borderTopStyle)).toBe('solid')
    expect(await page.getByRole('button', { name: 'Dark' }).evaluate((el) => getComputedStyle(el).borderTopWidth)).toBe('0px')
    await page.keyboard.press('Tab')
    expect(await page.evaluate(() => getComputedStyle(document.activeElement ?? document.body).outlineStyle)).not.toBe('none')
  })

  test('used seats differ from free ones', { tag: '@control' }, async ({ page, admin }) => {
    await signIn(page, admin)
    await expect(page.getByText('Licence seats')).toBeVisible()
    const sheet = await page.evaluate(() => {
      const seats = document.querySelector('.seats')
      if (!seats) return []
      const svg = seats.appendChild(document.createElementNS('http://www.w3.org/2000/svg', 'svg'))
      return ['t', 'u'].map((name) => {
        const path = svg.appendChild(document.createElementNS('http://www.w3.org/2000/svg', 'path'))
        path.setAttribute('class', name)
        return getComputedStyle(path).stroke
      })
    })
    expect(new Set(sheet).size).toBe(2)
  })
})

test.describe('Motion', () => {
  const moving = (page: Page) => page.evaluate(() => document.getAnimations().length)

  for (const reducedMotion of ['no-preference', 'reduce'] as const) {
    test(`${reducedMotion === 'reduce' ? 'there is none for who wants none' : 'is feedback alone'}`, { tag: '@control' }, async ({ page, admin, control }) => {
      await page.emulateMedia({ reducedMotion })
      await control.fault({ endpoint: 'query-list', latency: '2500ms' })
      await signIn(page, admin)
      await expect(page.getByText('Reading the accounts on')).toBeVisible()
      if (reducedMotion === 'reduce') expect(await moving(page)).toBe(0)
      else expect(await moving(page)).toBeGreaterThan(0)
      await expect(row(page, 'Aisha Dubois')).toBeVisible()
      await expect(page.locator('.c-how .skel')).toHaveCount(0)
      await expect.poll(() => moving(page), 'nothing moves while nothing happens').toBe(0)
    })
  }
})

test.describe('On a phone, where rows are cards', () => {
  test('the list is still a table, and cells say what they are', { tag: ['@phone', '@no-desktop', '@control'] }, async ({ page, admin }) => {
    await signIn(page, admin, '/users?sort=problems')
    const table = usersTable(page)
    await expect(table.getByRole('rowheader')).toHaveCount(25)
    const first = table.getByRole('row').first()
    await expect(first.getByRole('rowheader').getByRole('link', { name: 'Bo Both' })).toBeVisible()
    await expect(first.getByRole('cell').filter({ hasText: /^\s*Last sign-in\s/ })).toBeVisible()
    await expect(statusSwitch(page, 'Bo Both')).toBeVisible()
    await page.goto('/activity')
    await expect(page.getByRole('table', { name: 'Activity' }).getByRole('row', { name: /Signed in/ }).first()).toBeVisible()
    await page.goto('/sessions')
    const cells = page.getByRole('table', { name: 'Your sessions' }).getByRole('cell')
    const boxes = await cells.filter({ hasText: /^\s*(Signed in|Last used|Ends)/ }).evaluateAll((all) => all.map((el) => el.getBoundingClientRect().y))
    expect(new Set(boxes).size, 'each on its own line').toBe(3)
  })

  test('the first row comes early', { tag: ['@phone', '@no-desktop', '@control'] }, async ({ page, admin }) => {
    for (const path of ['/users', '/users?q=example.com']) {
      await (path === '/users' ? signIn(page, admin, path) : page.goto(path))
      const box = await usersTable(page).getByRole('row').first().boundingBox()
      expect(box?.y, path).toBeLessThan(0.4 * (page.viewportSize()?.height ?? 0))
    }
    await expect(page.getByRole('combobox', { name: 'Trouble' })).toBeHidden()
    await page.getByLabel('Filters').click()
    await expect(page.getByRole('combobox', { name: 'Trouble' })).toBeVisible()
  })
})
