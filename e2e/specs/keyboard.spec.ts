import type { Locator, Page } from '@playwright/test'
import { notice, shownPassword, signInForm, statusSwitch } from '../support/pages'
import { expect, test, unique } from '../support/test'

/** Presses Tab until the focus is there; a keyboard trap or a control out of reach fails. */
async function tabTo(page: Page, target: Locator, key = 'Tab') {
  for (let i = 0; i < 120; i++) {
    if (await target.evaluate((el) => el === document.activeElement)) return
    await page.keyboard.press(key)
  }
  await expect(target).toBeFocused()
}

test.describe('By the keyboard alone', () => {
  test('one signs in, deactivates, undoes, invites and signs out', { tag: ['@nojs', '@control', '@provider'] }, async ({ page, admin, control, javaScriptEnabled }) => {
    await page.goto('/users?q=google@example.com')
    await tabTo(page, page.getByLabel('Username or email'))
    await page.keyboard.type(admin.email)
    await page.keyboard.press('Tab')
    await page.keyboard.type(admin.password)
    await page.keyboard.press('Enter')
    await expect(page).toHaveURL('/users?q=google@example.com')

    await tabTo(page, statusSwitch(page, 'Gil Google'))
    await page.keyboard.press('Space')
    const deactivate = page.getByRole('button', { name: 'Deactivate', exact: true })
    await expect(deactivate).toBeVisible()
    await tabTo(page, deactivate)
    await page.keyboard.press('Enter')
    await expect(notice(page, /Deactivated\s+Gil Google/).first()).toBeVisible()
    expect((await control.user('google@example.com')).enabled).toBe(false)
    await tabTo(page, page.getByRole('button', { name: 'Undo' }).first(), javaScriptEnabled === false ? 'Tab' : 'Shift+Tab')
    await page.keyboard.press('Enter')
    await expect(statusSwitch(page, 'Gil Google')).toBeChecked()

    await tabTo(page, page.getByRole('link', { name: 'Gil Google', exact: true }), 'Shift+Tab')
    await page.keyboard.press('Enter')
    await expect(page.getByRole('heading', { level: 1, name: 'Gil Google' })).toBeVisible()
    await tabTo(page, page.getByRole('link', { name: 'Users', exact: true }).first())
    await page.keyboard.press('Enter')
    await expect(page.getByRole('heading', { level: 1, name: 'Users' })).toBeVisible()

    await tabTo(page, page.getByRole('link', { name: 'Invite user' }).first())
    await page.keyboard.press('Enter')
    await tabTo(page, page.getByLabel('Email', { exact: true }))
    const email = unique('typed')
    await page.keyboard.type(email)
    await page.keyboard.press('Enter')
    await shownPassword(page)
    expect(await control.requests('invite')).toHaveLength(1)

    await tabTo(page, page.getByRole('button', { name: /, account of / }), 'Shift+Tab')
    await page.keyboard.press('Enter')
    await tabTo(page, page.getByRole('button', { name: 'Sign out' }))
    await page.keyboard.press('Enter')
    await expect(page.getByRole('heading', { level: 1, name: 'You are signed out' })).toBeVisible()
    await tabTo(page, page.getByRole('link', { name: 'Sign in again' }))
    await page.keyboard.press('Enter')
    await expect(signInForm(page)).toBeVisible()
  })

  test('one skips to the content', { tag: ['@nojs', '@control'] }, async ({ page, admin }) => {
    await page.goto('/users')
    await page.getByLabel('Username or email').fill(admin.email)
    await page.getByLabel('Password', { exact: true }).fill(admin.password)
    await page.keyboard.press('Enter')
    await expect(page).toHaveURL('/users')
    await page.keyboard.press('Tab')
    const skip = page.getByRole('link', { name: 'Skip to content' })
    await expect(skip).toBeFocused()
    await expect(skip).toBeInViewport()
    await page.keyboard.press('Enter')
    await page.keyboard.press('Tab')
    expect(await page.evaluate(() => Boolean(document.activeElement?.closest('main')))).toBe(true)
  })
})
