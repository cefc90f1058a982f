import type { Page } from '@playwright/test'
import { expectNoSidewaysScroll, invite, shownPassword, signIn, statusSwitch, usersTable } from '../support/pages'
import { expect, test } from '../support/test'

// A picture is a quarter as wide as the page (deviceScaleFactor in the configuration), and lies on a ground of middle grey.
// Letters are a grey line there, so that another font passes; a part that has moved, grown or gone shows the ground in
// another place, in areas rather than in lines. Words are for the other specs.

/** Puts the same words where each run has others: times, ids, and a password. */
async function settle(page: Page) {
  await page.waitForLoadState('networkidle')
  await page.evaluate(() => {
    for (const el of document.querySelectorAll('time')) el.textContent = '1 Nov 2026'
    for (const el of document.querySelectorAll('[data-secret], #request-id, .c-req .mono, .c-req code')) el.textContent = '000000000000'
    ;(document.activeElement as HTMLElement | null)?.blur?.()
  })
  await page.evaluate(() => {
    const sheet = new CSSStyleSheet()
    sheet.replaceSync('html {background:#777}')
    document.adoptedStyleSheets = [sheet]
  })
  await page.mouse.move(0, 0)
}

test('The key pages look as they did', { tag: ['@control', '@provider'] }, async ({ page, control }) => {
  const looksLike = async (name: string, colorScheme: 'light' | 'dark') => {
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' })
    await settle(page)
    await expect.soft(page).toHaveScreenshot(`${name}-${colorScheme}.png`)
  }
  await signIn(page, { email: 'admin@example.com', password: 'demo', name: '', id: '' }, '/users?sort=problems')
  await expect(usersTable(page).getByText('Password').first()).toBeVisible()
  await looksLike('users', 'light')

  await page.goto('/users?q=google@example.com')
  await statusSwitch(page, 'Gil Google').click()
  await expect(page.getByRole('dialog')).toBeVisible()
  await looksLike('deactivate', 'dark')

  await page.goto(`/users/${(await control.user('dora.other@example.com')).id}`)
  await looksLike('diagnosis', 'light')

  await page.goto('/activity')
  await looksLike('activity', 'dark')

  await page.goto('/invite')
  await invite(page, 'new.colleague@example.com')
  await shownPassword(page)
  await looksLike('invited', 'light')

  await page.goto('/signed-out')
  await looksLike('signed-out', 'dark')

  await page.setViewportSize({ width: 820, height: 900 })
  await page.goto('/activity')
  await looksLike('activity-tablet', 'light')

  await page.setViewportSize({ width: 390, height: 844 })
  await page.goto('/users?sort=problems')
  await expectNoSidewaysScroll(page)
  await looksLike('users-narrow', 'light')
})
