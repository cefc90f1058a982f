import type { Page } from '@playwright/test'
import { openAccountMenu, signIn, usersTable } from '../support/pages'
import { expect, test } from '../support/test'

const background = (page: Page) => page.evaluate(() => getComputedStyle(document.documentElement).backgroundColor)
const theme = (page: Page, name: string) => page.getByRole('group', { name: 'Theme' }).getByRole('button', { name })

test.describe('The theme', () => {
  test('follows the system until one is chosen, then stays as chosen', { tag: ['@nojs', '@phone'] }, async ({ page, admin }) => {
    await page.emulateMedia({ colorScheme: 'light' })
    await signIn(page, admin)
    const light = await background(page)
    await page.emulateMedia({ colorScheme: 'dark' })
    const dark = await background(page)
    expect(dark).not.toBe(light)

    await openAccountMenu(page)
    await expect(theme(page, 'System')).toHaveAttribute('aria-pressed', 'true')
    await theme(page, 'Light').click()
    await expect.poll(() => background(page)).toBe(light)
    await page.goto('/activity')
    expect(await background(page)).toBe(light)
    await page.emulateMedia({ colorScheme: 'light' })
    await openAccountMenu(page)
    await expect(theme(page, 'Light')).toHaveAttribute('aria-pressed', 'true')
    await theme(page, 'Dark').click()
    await expect.poll(() => background(page)).toBe(dark)
    await expect(page).toHaveURL('/activity')
    // No flash: the page says so before any script has run.
    expect(await (await page.request.get('/users')).text()).toMatch(/<html[^>]* data-theme="dark"/)
    await page.reload()
    expect(await background(page)).toBe(dark)
    await openAccountMenu(page)
    await theme(page, 'System').click()
    await expect.poll(() => background(page)).toBe(light)
    expect(await (await page.request.get('/users')).text()).not.toMatch(/<html[^>]* data-theme=/)
  })

  test('is kept over a sign-out', async ({ page, admin }) => {
    await page.emulateMedia({ colorScheme: 'light' })
    await signIn(page, admin)
    await openAccountMenu(page)
    await theme(page, 'Dark').click()
    const dark = await background(page)
    await page.getByRole('button', { name: 'Sign out' }).click()
    await expect(page.getByRole('heading', { name: 'You are signed out' })).toBeVisible()
    expect(await background(page)).toBe(dark)
  })
})

test.describe('Shortcuts', () => {
  test('go places, search and walk through the list', { tag: '@control' }, async ({ page, admin }) => {
    await signIn(page, admin)
    await page.keyboard.press('/')
    await expect(page.getByRole('searchbox')).toBeFocused()
    await page.keyboard.type('?gai/') // never while typing
    await expect(page.getByRole('searchbox')).toHaveValue('?gai/')
    await expect(page.getByRole('dialog')).toBeHidden()
    await page.goto('/users')
    await page.keyboard.press('j')
    await page.keyboard.press('j')
    const names = usersTable(page).getByRole('rowheader').getByRole('link')
    await expect(names.nth(1)).toBeFocused()
    await page.keyboard.press('k')
    await expect(names.nth(0)).toBeFocused()
    await page.keyboard.press(']')
    await expect(page).toHaveURL(/page=2/)
    await page.keyboard.press('[')
    await expect(page).not.toHaveURL(/page=2/)
    await page.keyboard.press('j')
    await page.keyboard.press('Enter')
    await expect(page).toHaveURL(/\/users\/[^?]+$/)
    await page.keyboard.press('g')
    await page.keyboard.press('a')
    await expect(page).toHaveURL('/activity')
    await page.keyboard.press('g')
    await page.keyboard.press('u')
    await expect(page).toHaveURL('/users')
    await page.keyboard.press('i')
    await expect(page).toHaveURL('/invite')
  })

  test('are listed behind the question mark, which gives the focus back', async ({ page, admin }) => {
    await signIn(page, admin)
    const button = page.getByRole('button', { name: 'Keyboard shortcuts' })
    await button.click()
    const sheet = page.getByRole('dialog', { name: 'Keyboard shortcuts' })
    await expect(sheet).toBeVisible()
    await page.keyboard.press('Escape')
    await expect(sheet).toBeHidden()
    await expect(button).toBeFocused()
    await page.keyboard.press('?')
    await expect(sheet).toBeVisible()
    await sheet.getByRole('button', { name: 'Done' }).click()
    await expect(sheet).toBeHidden()
  })

  test('can be turned off, stay off, and be turned on again', async ({ page, admin }) => {
    await signIn(page, admin)
    await page.keyboard.press('?')
    await page.getByRole('checkbox', { name: 'Use single-key shortcuts' }).uncheck()
    await page.getByRole('button', { name: 'Done' }).click()
    const nothingHappens = async () => {
      await page.keyboard.press('i')
      await page.keyboard.press('?')
      await page.keyboard.press('/')
      await expect(page.getByRole('dialog')).toBeHidden()
      await expect(page.getByRole('searchbox')).not.toBeFocused()
      await expect(page).toHaveURL('/users')
    }
    await nothingHappens()
    await page.reload()
    await nothingHappens()
    await page.getByRole('button', { name: 'Keyboard shortcuts' }).click()
    const choice = page.getByRole('checkbox', { name: 'Use single-key shortcuts' })
    await expect(choice).not.toBeChecked()
    await choice.check()
    await page.getByRole('button', { name: 'Done' }).click()
    await page.keyboard.press('i')
    await expect(page).toHaveURL('/invite')
  })

  const alt = 1, ctrl = 2, meta = 4, shift = 8
  const layouts: [where: string, keys: [key: string, code: string, modifiers: number][]][] = [
    ['a German Mac: Option+6 and Option+5', [[']', 'Digit6', alt], ['[', 'Digit5', alt]]],
    ['a Spanish Mac: Option and the keys beside P', [[']', 'BracketRight', alt], ['[', 'BracketLeft', alt]]],
    ['a French Mac: Option+Shift+) and Option+Shift+(', [[']', 'Minus', alt | shift], ['[', 'Digit5', alt | shift]]],
    ['German Windows: AltGr, which is Ctrl and Alt, with 9 and 8', [[']', 'Digit9', alt | ctrl], ['[', 'Digit8', alt | ctrl]]],
    ['German Linux: AltGr, which is neither, with 9 and 8', [[']', 'Digit9', 0], ['[', 'Digit8', 0]]],
    ['a Russian keyboard, in Cyrillic', [['ъ', 'BracketRight', 0], ['х', 'BracketLeft', 0]]],
  ]
  test('are the characters, however a keyboard types them', { tag: '@control' }, async ({ page, admin }) => {
    await signIn(page, admin)
    const session = await page.context().newCDPSession(page)
    const press = async (key: string, code: string, modifiers: number) => {
      for (const type of ['keyDown', 'keyUp'] as const) await session.send('Input.dispatchKeyEvent', { type, key, code, modifiers })
    }
    for (const [where, [next, previous]] of layouts) {
      await test.step(where, async () => {
        if (!next || !previous) throw new Error('two keys')
        await press(...next)
        await expect(page).toHaveURL(/page=2/)
        await press(...previous)
        await expect(page).not.toHaveURL(/page=2/)
      })
    }
    await press('?', 'Minus', shift) // German
    await expect(page.getByRole('dialog', { name: 'Keyboard shortcuts' })).toBeVisible()
    await page.keyboard.press('Escape')
    await press('/', 'Digit7', shift) // German
    await expect(page.getByRole('searchbox')).toBeFocused()
    await page.goto('/users')
    await press('о', 'KeyJ', 0) // Russian
    await expect(usersTable(page).getByRole('rowheader').getByRole('link').nth(0)).toBeFocused()

    for (const [key, code, modifiers] of [[']', 'BracketRight', ctrl], [']', 'BracketRight', meta], ['i', 'KeyI', alt], ['i', 'KeyI', ctrl], ['i', 'KeyI', alt | ctrl], ['ш', 'KeyI', alt], ['ж', 'Semicolon', 0]] as const) await press(key, code, modifiers)
    await press('?', 'Slash', shift)
    await expect(page.getByRole('dialog', { name: 'Keyboard shortcuts' })).toBeVisible()
    await expect(page).toHaveURL('/users')
  })

  test('do nothing with a modifier or over an open dialog', { tag: '@control' }, async ({ page, admin }) => {
    await signIn(page, admin, '/users?q=google@example.com')
    await page.getByRole('switch', { name: 'Active: Gil Google' }).click()
    await expect(page.getByRole('dialog')).toBeVisible()
    await page.keyboard.press('i')
    await page.keyboard.press('Escape')
    await page.keyboard.press('Alt+i')
    await expect(page.getByRole('dialog')).toBeHidden()
    await expect(page).toHaveURL('/users?q=google@example.com')
  })

  test('are saved without a script as well', { tag: ['@nojs', '@no-desktop'] }, async ({ page, admin }) => {
    await signIn(page, admin, '/activity')
    await page.getByRole('button', { name: 'Keyboard shortcuts' }).click()
    await page.getByRole('checkbox', { name: 'Use single-key shortcuts' }).uncheck()
    await page.getByRole('button', { name: 'Save' }).click()
    await expect(page).toHaveURL('/activity')
    await page.getByRole('button', { name: 'Keyboard shortcuts' }).click()
    await expect(page.getByRole('checkbox', { name: 'Use single-key shortcuts' })).not.toBeChecked()
  })
})
