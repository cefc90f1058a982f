import type { BrowserContext, Cookie, Locator, Page } from '@playwright/test'
import { expect, within } from './below'
import type { Account } from './test'

/** Opens a page as somebody who has to sign in first, and comes back to it. */
export async function signIn(page: Page, who: Account, path = '/users') {
  await page.goto(path)
  await fillSignIn(page, who)
  await expect(page).toHaveURL((url) => within(url.pathname) + url.search === path)
}

/** Fills in the identity provider's form: the demo's or Keycloak's. */
export async function fillSignIn(page: Page, who: Pick<Account, 'email' | 'password'>) {
  await page.getByLabel('Username or email').fill(who.email)
  await page.getByLabel('Password', { exact: true }).fill(who.password)
  await page.getByRole('button', { name: /^sign in$/i }).click()
}

/** The form of the identity provider, wherever one was sent from. */
export const signInForm = (page: Page) => page.getByRole('heading', { level: 1, name: /^sign in/i })

export const usersTable = (page: Page) => page.getByRole('table', { name: 'Users' })

/** The row of an account in the users list or an entry of the log, by words in it. */
export const row = (page: Page, ...words: (string | RegExp)[]): Locator =>
  words.reduce<Locator>((rows, hasText) => rows.filter({ hasText }), page.getByRole('row'))

/** The status switch of an account, by the account's name. */
export const statusSwitch = (page: Page, name: string) => page.getByRole('switch', { name: `Active: ${name}` })

/** A term of the details page's Identity section, with what it says. */
export async function fact(page: Page, term: string): Promise<Locator> {
  const section = page.getByRole('region', { name: 'Identity' })
  await expect(section).toBeVisible()
  const terms = await section.getByRole('term').allInnerTexts()
  expect(terms).toContain(term)
  return section.getByRole('definition').nth(terms.indexOf(term))
}

/** What the page says was just done: a toast with JavaScript, a banner without. */
export const notice = (page: Page, text: string | RegExp) => page.getByRole('status').filter({ hasText: text })

/** Opens the menu of the signed-in administrator. */
export async function openAccountMenu(page: Page) {
  await page.getByRole('button', { name: /, account of / }).click()
}

export async function signOut(page: Page) {
  await openAccountMenu(page)
  await page.getByRole('button', { name: 'Sign out' }).click()
  await expect(page.getByRole('heading', { name: 'You are signed out' })).toBeVisible()
}

/** Fills in the invitation form and sends it. */
export async function invite(page: Page, email: string, password?: string) {
  await page.getByLabel('Email', { exact: true }).fill(email)
  if (password !== undefined) {
    await page.getByRole('radio', { name: 'Set one myself' }).check()
    await page.getByLabel('Initial password').fill(password)
  }
  await page.getByRole('button', { name: 'Send invitation' }).click()
}

/** The temporary password on the page that shows it. */
export async function shownPassword(page: Page): Promise<string> {
  const secret = page.getByRole('group', { name: 'Temporary password' })
  await expect(secret).not.toBeEmpty()
  return (await secret.innerText()).trim()
}

/** Deactivates from the question, in the dialog or on its page. */
export async function confirmDeactivation(page: Page) {
  await page.getByRole('button', { name: 'Deactivate', exact: true }).click()
}

/** No page scrolls sideways. */
export async function expectNoSidewaysScroll(page: Page) {
  expect(await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth), 'pixels to scroll sideways').toBe(0)
}

/** The cookie of the dashboard's session. */
export async function sessionCookie(context: BrowserContext): Promise<Cookie> {
  const found = (await context.cookies()).filter((c) => /wallaroo-\w+-session$/.test(c.name))
  expect(found, 'session cookies').toHaveLength(1)
  return found[0] as Cookie
}

/** Remembers a choice as the dashboard's script does, in a cookie whose name tells its site from others on the host. */
export async function remember(page: Page, name: string, value: string) {
  await page.goto('/signed-out')
  const names = await page.locator('html').getAttribute('data-cookies')
  await page.context().addCookies([{ name: `${names}${name}`, value, url: new URL('/', page.url()).href }])
}

/** The number of servers. */
export const servers = Number(process.env.E2E_SERVERS ?? 1)

/**
 * Has each server read the list for this administrator, and read again what others have changed a moment ago, so that no
 * fault is spent on that. Servers take turns, and one that was killed has to read anew: who relies on it is tagged @memory.
 */
export async function readByAll(page: Page, path = '/users') {
  await page.waitForLoadState('networkidle')
  for (let n = 0; n < 3 * servers; n++) expect((await page.request.get(path)).ok()).toBe(true)
}

/** Waits until the list has been read (its frame alone has no number of accounts yet), and what its page asks for after. */
export async function listRead(page: Page) {
  await expect(page.getByText(/\d\s*accounts?\s+on\s/)).toBeVisible()
  await page.waitForLoadState('networkidle')
}
