import type { Page } from '@playwright/test'
import { confirmDeactivation, invite, notice, remember, row, shownPassword, signIn, statusSwitch, usersTable } from '../support/pages'
import { expect, test, unique } from '../support/test'

/** Colours and lines as the browser has computed them. */
const style = (page: Page, selector: string, property: string, pseudo?: string) =>
  page.locator(selector).first().evaluate((el, [property, pseudo]) => getComputedStyle(el, pseudo).getPropertyValue(property ?? ''), [property, pseudo])

/**
 * What is on show and can't be told from the ground: controls and boxes without an edge, icons and knobs in a colour of
 * ours, links that look like text. As computed, where forced colours have replaced ours: shadows are gone, and so are grounds.
 */
const unseen = (page: Page) => page.evaluate(() => {
  const canvas = getComputedStyle(document.documentElement).backgroundColor
  const seen = (colour: string) => colour !== canvas && !/^(none|rgba\(.*, 0\))$/.test(colour)
  const shown = (el: Element) => el.checkVisibility({ visibilityProperty: true, opacityProperty: true }) && !el.matches('.vh, .vh *, .skip:not(:focus)')
  const framed = (el: Element) => {
    const style = getComputedStyle(el)
    return ['top', 'right', 'bottom', 'left'].every((side) => {
      const of = (what: string) => style.getPropertyValue(`border-${side}-${what}`)
      return of('style') !== 'none' && parseFloat(of('width')) > 0 && seen(of('color'))
    })
  }
  const luminance = (colour: string) => {
    const [r = 0, g = 0, b = 0] = (colour.match(/[\d.]+/g) ?? []).slice(0, 3).map(Number).map((n) => (n / 255 <= 0.04045 ? n / 255 / 12.92 : ((n / 255 + 0.055) / 1.055) ** 2.4))
    return 0.2126 * r + 0.7152 * g + 0.0722 * b
  }
  const contrast = (colour: string) => {
    const [dark = 0, light = 0] = [luminance(colour), luminance(canvas)].sort((x, y) => x - y)
    return (light + 0.05) / (dark + 0.05)
  }
  const faults: string[] = []
  const look = (selector: string, ok: (el: Element) => boolean, what: string) => {
    for (const el of document.querySelectorAll(selector)) {
      if (shown(el) && !ok(el)) faults.push(`${what}: ${el.localName}.${el.getAttribute('class')} “${(el.getAttribute('aria-label') ?? el.textContent ?? '').trim().slice(0, 30)}”`)
    }
  }
  look('.btn, button:not(.sw, .link, .menu *), select, input:not([type=hidden], [type=radio], [type=checkbox])', framed, 'a control without an edge')
  look('[type=radio], [type=checkbox]', (el) => getComputedStyle(el).appearance === 'auto', 'a control that is not the browser’s own')
  look('.note, .card, .tag.fill, .n, .me, kbd, .secret, .toast, dialog[open], .menu:popover-open, [aria-pressed=true]', framed, 'a box without an edge')
  look('thead, .strip, .foot, .pager', (el) => parseFloat(getComputedStyle(el).borderTopWidth) + parseFloat(getComputedStyle(el).borderBottomWidth) > 0, 'a part without a line')
  look('.i', (el) => contrast(getComputedStyle(el).stroke) >= 4.5, 'an icon in a colour of ours')
  look('p a:not(.btn), li a:not(.btn), small a, .link', (el) => getComputedStyle(el).textDecorationLine === 'underline', 'a link that looks like text')
  look('[role=switch]', (el) => {
    const [track, knob] = [getComputedStyle(el, '::before'), getComputedStyle(el, '::after')]
    return track.outlineStyle === 'solid' && seen(track.outlineColor) && seen(knob.backgroundColor)
      && (el.getAttribute('aria-checked') === 'true') === (knob.translate !== 'none')
  }, 'a switch without an edge or a state')
  look(':is(.nav, .tabs) a', (el) => el.hasAttribute('aria-current') === seen(getComputedStyle(el).borderBottomColor), 'the current link')
  return faults
})

/** Goes a few stops on and looks for the outline at each. */
async function unseenFocus(page: Page): Promise<string[]> {
  const faults: string[] = []
  for (let stop = 0; stop < 8; stop++) {
    await page.keyboard.press('Tab')
    const fault = await page.evaluate(() => {
      const el = document.activeElement ?? document.body
      const style = getComputedStyle(el)
      const canvas = getComputedStyle(document.documentElement).backgroundColor
      const ok = el === document.body || style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2 && style.outlineColor !== canvas
      return ok ? '' : `no outline: ${el.localName}.${el.className}`
    })
    if (fault) faults.push(fault)
  }
  return faults
}

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

  test('controls, notes, tags and the focus can be told on every kind of page', { tag: ['@control', '@provider'] }, async ({ page, admin, control, elsewhere, troubles }) => {
    test.slow()
    troubles.expectStatus(404, 422)
    const expectSeen = async (what: string) => {
      expect.soft(await unseen(page), what).toEqual([])
      expect.soft(await unseenFocus(page), what).toEqual([])
    }
    // The theme that was chosen here is not the system's: what would keep its colours is pale.
    await remember(page, 'theme', 'dark')
    await page.emulateMedia({ reducedMotion: 'reduce' })
    await signIn(await elsewhere(), admin)
    await signIn(page, admin, '/users?q=google@example.com')
    expect(await style(page, 'html', 'background-color')).toBe('rgb(255, 255, 255)')
    await expectSeen('list')
    await statusSwitch(page, 'Gil Google').click()
    await expect(page.getByRole('dialog')).toBeVisible()
    await expectSeen('dialog')
    await confirmDeactivation(page)
    await expect(notice(page, 'Deactivated').first()).toBeVisible()
    await page.getByRole('button', { name: 'Undo' }).focus() // keeps it there
    expect.soft(await unseen(page), 'toast').toEqual([])
    await page.keyboard.press('Tab')
    expect(await page.evaluate(() => getComputedStyle(document.activeElement ?? document.body).outlineStyle)).toBe('solid')
    await page.goto(`/users/${(await control.user('google@example.com')).id}`)
    await expectSeen('deactivated account')
    await page.goto(`/users/${(await control.user('dora.other@example.com')).id}`)
    await expectSeen('diagnosis')
    await page.goto(`/users/${admin.id}`)
    await expectSeen('healthy account, locked')
    await page.goto('/invite')
    await page.getByRole('radio', { name: 'Set one myself' }).check()
    await expectSeen('invitation')
    await invite(page, 'some.body@example', 'short')
    await expect(page.getByText('Use at least 8 characters.')).toBeVisible()
    await expectSeen('faults of the fields')
    await page.goto('/invite')
    await invite(page, unique('forced'))
    await shownPassword(page)
    await expectSeen('password')
    await page.goto('/activity')
    await expectSeen('activity')
    await page.goto('/sessions')
    await expectSeen('sessions')
    await page.goto('/nothing-here')
    await expectSeen('error')
    await page.keyboard.press('?')
    await expect(page.getByRole('dialog', { name: 'Keyboard shortcuts' })).toBeVisible()
    await expectSeen('shortcuts')
    await page.context().clearCookies()
    await page.goto('/signed-out')
    await expectSeen('doorstep')
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
