import type { Page } from '@playwright/test'
import { expectNoSidewaysScroll, notice, row, servers, signIn, usersTable } from '../support/pages'
import { expect, resize, test } from '../support/test'

/** The addresses in the list, top to bottom; "" where there is none. */
async function emails(page: Page): Promise<string[]> {
  await expect(usersTable(page).getByRole('rowheader').first()).toBeVisible()
  const heads = await usersTable(page).getByRole('rowheader').allInnerTexts()
  return heads.map((text) => text.trim().split(/\s+/).at(-1) ?? '').map((last) => (last === 'address' ? '' : last))
}

/** The cell of an account's row below a column's head. */
async function cell(page: Page, words: string, column: string) {
  await expect(usersTable(page)).toBeVisible()
  const heads = await usersTable(page).getByRole('columnheader').allInnerTexts()
  const at = heads.findIndex((text) => text.trim() === column)
  expect(at, `column ${column}`).toBeGreaterThan(0)
  return row(page, words).getByRole('cell').nth(at - 1)
}

test.describe('The sign-in methods, which come after the page', () => {
  test('leave the reader alone when they can’t be had', { tag: '@control' }, async ({ page, admin, control }) => {
    await control.fault({ endpoint: 'query-by-id', status: 500 })
    const answer = page.waitForResponse(/\/users\/methods/)
    await signIn(page, admin, '/users?q=google@example.com')
    expect((await answer).status()).toBe(200)
    await expect(row(page, 'Gil Google').getByText('Not known')).toBeAttached()
    await expect(page.getByRole('alert')).toHaveCount(0)
  })
})

test.describe('The users list', () => {
  test('S57 shows who is there, in plain text whatever the names hold', { tag: ['@nojs', '@phone', '@control'] }, async ({ page, admin }) => {
    const opened: string[] = []
    page.on('dialog', async (d) => { opened.push(d.message()); await d.dismiss() })
    const asked: string[] = []
    page.on('request', (r) => asked.push(new URL(r.url()).pathname))
    await signIn(page, admin, '/users?per=250')
    await expect(page.getByText('201 accounts on demo')).toBeVisible()
    for (const name of ['<script>alert(1)</script> Script', '"><img src=x onerror=alert(1)> Image', '<b hx-get="/x" hx-trigger="load">Hex</b> {{.}} ${7*7}', '=cmd|\' /C calc\'!A0 @SUM(1+1)']) {
      await expect(page.getByRole('link', { name, exact: true }), name).toBeVisible()
    }
    expect(opened).toEqual([])
    expect(asked).not.toContain('/x')
    await expectNoSidewaysScroll(page)
  })

  test('shows names in every script as they are', { tag: '@control' }, async ({ page, admin }) => {
    await signIn(page, admin, '/users?per=250')
    for (const name of ['ليلى الأحمد', '太郎 山田', '민준 김', '👩🏽‍🔬 Ravi 🏳️‍🌈 Rainbow', 'Jürgen Größe', 'Siobhán O\'Brien-Ní Dhomhnaill']) {
      await expect(page.getByRole('link', { name, exact: true }), name).toBeVisible()
    }
  })

  test('is sorted by email, those without one last', { tag: '@control' }, async ({ page, admin }) => {
    await signIn(page, admin, '/users?per=250')
    const shown = await emails(page)
    expect(shown).toHaveLength(201)
    const plain = shown.filter((email) => /^[a-z0-9.@]+$/i.test(email))
    expect(plain.length).toBeGreaterThan(150)
    expect(plain).toEqual([...plain].sort((a, b) => (a.toLowerCase() < b.toLowerCase() ? -1 : a.toLowerCase() > b.toLowerCase() ? 1 : 0)))
    expect(shown.indexOf('')).toBe(shown.length - shown.filter((email) => email === '').length)
    await expect(page.getByRole('columnheader', { name: 'User' })).toHaveAttribute('aria-sort', 'ascending')
  })

  test('tells the last sign-in: a time, never, or unknown', { tag: ['@nojs', '@control'] }, async ({ page, admin }) => {
    await signIn(page, admin, '/users?per=250')
    await expect(await cell(page, 'never@example.com', 'Last sign-in')).toContainText('Never')
    await expect(await cell(page, 'unknown.login@example.com', 'Last sign-in')).toContainText('Unknown')
    await expect((await cell(page, 'google@example.com', 'Last sign-in')).getByRole('time')).toHaveText(/\d{4}/)
    await expect((await cell(page, 'google@example.com', 'Created')).getByRole('time')).toHaveText(/\d{4}/)
    await expect(await cell(page, 'no.created@example.com', 'Created')).toContainText('Not known')
  })

  test('tags each kind of account trouble, and the healthy with none', { tag: ['@nojs', '@phone', '@control'] }, async ({ page, admin }) => {
    await signIn(page, admin, '/users?per=250')
    const trouble: [string, string | RegExp][] = [
      ['Nora Nomail', 'No email'], ['mallory(at)example.com', 'Email not valid'], ['differs@example.com', 'Username differs from email'],
      ['unconfirmed@example.com', 'Email not verified'], ['Sasha Shared', 'Email used twice'], ['Sam Shared', 'Email used twice'],
      ['update.password@example.com', 'Must set a password'], ['bo.both', /Email not valid/],
    ]
    for (const [who, text] of trouble) {
      const shown = who === 'bo.both' ? row(page, 'Bo Both') : row(page, who)
      await expect(shown.getByRole('cell').nth(1).getByText(text).first(), who).toBeAttached()
    }
    for (const who of ['Mixed.Case@Example.com', 'google@example.com', 'o\'brien@example.com']) {
      await expect(row(page, who), who).not.toContainText(/No email|not valid|differs|not verified|used twice|Must set/)
    }
  })

  test('marks one’s own account and the protected one', { tag: '@control' }, async ({ page, admin }) => {
    await signIn(page, admin, '/users?per=250')
    await expect(row(page, admin.email).getByText('You', { exact: true })).toBeVisible()
    await expect(page.getByText('Protected', { exact: true })).toHaveCount(1)
  })

  test('goes through its pages and back', { tag: ['@replicas', '@nojs', '@phone', '@control'] }, async ({ page, admin }) => {
    await signIn(page, admin)
    const first = await emails(page)
    expect(first).toHaveLength(25)
    const pages = page.getByRole('navigation', { name: 'Pages of users' })
    await expect(pages).toContainText(/1\s*–\s*25\s*of\s*201/)
    await pages.getByRole('link', { name: 'Next page' }).click()
    await expect(page).toHaveURL(/[?&]page=2/)
    await expect(pages).toContainText(/26\s*–\s*50\s*of\s*201/)
    const second = await emails(page)
    expect(second.filter((email) => first.includes(email))).toEqual([])
    await pages.getByRole('link', { name: 'Previous page' }).click()
    await expect(pages).toContainText(/1\s*–\s*25\s*of\s*201/)
    expect(await emails(page)).toEqual(first)
    await page.goto('/users?page=9')
    await expect(pages).toContainText(/201\s*–\s*201\s*of\s*201/)
    await expect(pages.getByRole('link', { name: 'Next page' })).toBeDisabled()
    await page.goto('/users?page=999')
    await expect(pages).toContainText(/201\s*–\s*201\s*of\s*201/)
  })

  test('Back and Forward walk through the pages of the list', { tag: '@control' }, async ({ page, admin }) => {
    await signIn(page, admin)
    const first = await emails(page)
    await page.getByRole('link', { name: 'Next page' }).click()
    await expect(page.getByText(/26\s*–\s*50/)).toBeVisible()
    await page.goBack()
    await expect(page.getByText(/1\s*–\s*25/)).toBeVisible()
    expect(await emails(page)).toEqual(first)
    await page.goForward()
    await expect(page.getByText(/26\s*–\s*50/)).toBeVisible()
  })

  test('counts everybody in its tabs', { tag: ['@nojs', '@control'] }, async ({ page, admin, control }) => {
    const { users, active } = await control.counts()
    await signIn(page, admin)
    const tabs = page.getByRole('navigation', { name: 'Filter by status' })
    await expect(tabs.getByRole('link', { name: /^All/ })).toHaveText(new RegExp(`All\\s*${users}`))
    await expect(tabs.getByRole('link', { name: /^Active/ })).toHaveText(new RegExp(`Active\\s*${active}`))
    await expect(tabs.getByRole('link', { name: /^Deactivated/ })).toHaveText(new RegExp(`Deactivated\\s*${users - active}`))
    await tabs.getByRole('link', { name: /^Deactivated/ }).click()
    await expect(page).toHaveURL(/status=inactive/)
    const toggles = usersTable(page).getByRole('switch')
    await expect(toggles).toHaveCount(users - active)
    for (const toggle of await toggles.all()) await expect(toggle).not.toBeChecked()
  })

  test('with nobody on it invites to invite', { tag: ['@nojs', '@phone', '@control', '@provider'] }, async ({ page, control }) => {
    await control.reset({ users: 0 })
    await signIn(page, { email: 'admin@example.com', password: 'demo', name: '', id: '' }, '/users?fresh=1')
    await expect(page.getByText('0 accounts on demo')).toBeVisible()
    await expect(page.getByRole('heading', { name: 'Invite your first colleague' })).toBeVisible()
    await page.getByRole('link', { name: 'Invite user' }).last().click()
    await expect(page).toHaveURL('/invite')
  })

  test('with one account says so in the singular', { tag: '@control' }, async ({ page, control, admin }) => {
    await resize(control, admin, { users: 0 })
    await signIn(page, admin)
    await expect(page.getByText('1 account on demo')).toBeVisible()
    await expect(usersTable(page).getByRole('rowheader')).toHaveCount(1)
    await expect(page.getByRole('link', { name: 'Next page' })).toHaveCount(0)
  })

  test('with exactly 100 accounts says that it may have been cut', { tag: '@control' }, async ({ page, control, admin }) => {
    await resize(control, admin, { users: 99 })
    await signIn(page, admin)
    await expect(page.getByText('Exactly 100 accounts.')).toBeVisible()
  })

  test('with 10,000 accounts comes in pages, and the last is as near as the first', { tag: '@control' }, async ({ page, control, admin }) => {
    await resize(control, admin, { users: 9_999 })
    await signIn(page, admin)
    await expect(page.getByText('10,000 accounts on demo')).toBeVisible({ timeout: 30_000 })
    expect(await emails(page)).toHaveLength(25)
    await page.goto('/users?page=400')
    await expect(page.getByRole('navigation', { name: 'Pages of users' })).toContainText(/9,976\s*–\s*10,000\s*of\s*10,000/)
    expect((await emails(page)).at(-1)).toBe('')
  })

  test('fills itself in when the first read takes long', { tag: ['@nojs', '@control'] }, async ({ page, control, admin }) => {
    await control.fault({ endpoint: 'query-list', latency: '2500ms' })
    await signIn(page, admin)
    await expect(page.getByText('Reading the accounts on demo')).toBeVisible()
    await expect(row(page, 'admin@example.com').first()).toBeVisible()
    await expect(page.getByText('201 accounts on demo')).toBeVisible()
    expect((await control.requests('query-list')).length, 'each server reads it once').toBeLessThanOrEqual(servers)
  })

  test('reads anew when asked to', { tag: ['@nojs', '@control'] }, async ({ page, control, admin }) => {
    await signIn(page, admin, '/users?q=google@example.com')
    await control.change('google@example.com', { firstName: 'Renamed' })
    await page.getByRole('link', { name: 'Refresh' }).click()
    await expect(page.getByRole('link', { name: 'Renamed Google' })).toBeVisible()
  })

  test('keeps to the screen of a phone with the longest names', { tag: ['@phone', '@control', '@no-desktop'] }, async ({ page, admin }) => {
    for (const who of ['long.name@example.com', 'Longaddress']) {
      if (who === 'Longaddress') await page.goto('/users?q=Longaddress')
      else await signIn(page, admin, '/users?q=long.name@example.com')
      await expect(usersTable(page).getByRole('rowheader')).toHaveCount(1)
      await expectNoSidewaysScroll(page)
    }
  })

  test('copies an address from the menu of a row', { tag: '@control' }, async ({ page, context, admin }) => {
    await context.grantPermissions(['clipboard-read', 'clipboard-write'])
    await signIn(page, admin, '/users?q=google@example.com')
    await page.getByRole('button', { name: 'Actions for Gil Google' }).click()
    await page.getByRole('button', { name: 'Copy email' }).click()
    await expect(notice(page, 'Copied')).toBeAttached()
    expect(await page.evaluate(() => navigator.clipboard.readText())).toBe('google@example.com')
    await page.getByRole('button', { name: 'Actions for Gil Google' }).click()
    await page.getByRole('link', { name: 'View details' }).click()
    await expect(page.getByRole('heading', { level: 1, name: 'Gil Google' })).toBeVisible()
  })

  test('has one menu, which is that of the row whose button was pressed', { tag: '@control' }, async ({ page, admin }) => {
    await signIn(page, admin, '/users?q=example.com')
    const [first, second] = [page.getByRole('button', { name: /^Actions for / }).nth(0), page.getByRole('button', { name: /^Actions for / }).nth(6)] // which the menu of the first does not cover
    await expect(second).toBeVisible() // unlike a press, reading all links does not wait for the list
    const hrefs = await page.locator('[data-row] .who').evaluateAll((links) => links.map((a) => (a as HTMLAnchorElement).href))
    const [one = '', other = ''] = [hrefs[0], hrefs[6]]
    const details = page.getByRole('link', { name: 'View details' })
    const shows = async (address: string) => {
      await expect(details).toHaveJSProperty('href', address)
      await expect(page.getByRole('link', { name: 'Open in Keycloak' })).toHaveAttribute('href', new RegExp(`/users/${address.split('/').at(-1)}/`))
    }
    await first.click()
    await shows(one)
    await second.click()
    await shows(other)
    await second.click()
    await expect(details).toBeHidden()
    await second.press('Enter')
    await shows(other)
    await page.keyboard.press('Escape')
    await expect(second).toBeFocused()
  })

  test('offers no copying for an account without an address', { tag: '@control' }, async ({ page, admin }) => {
    await signIn(page, admin, '/users?q=health:error&sort=problems&dir=desc')
    const nobody = page.locator('[data-row]').filter({ hasText: 'No email address' }).first()
    await nobody.getByRole('button', { name: /^Actions for / }).click()
    await expect(page.getByRole('link', { name: 'View details' })).toBeVisible()
    await expect(page.getByRole('button', { name: 'Copy email' })).toBeHidden()
  })

  test('asks how people sign in once, not for rows of which it knows', { tag: '@control' }, async ({ page, control, admin }) => {
    await signIn(page, admin, '/users?q=google')
    const how = row(page, 'google@example.com').getByRole('cell', { name: 'Google', exact: true })
    await expect(how).toBeVisible()
    const asked = (await control.requests('query-by-id')).length
    expect(asked).toBeGreaterThan(0)
    await page.reload()
    await expect(how).toBeVisible()
    await page.getByRole('searchbox').fill('google@')
    await expect(page).toHaveURL(/q=google%40/)
    await expect(how).toBeVisible()
    expect(await control.requests('query-by-id')).toHaveLength(asked)
  })

  test('follows the words as one types', { tag: ['@replicas', '@control'] }, async ({ page, admin }) => {
    await signIn(page, admin)
    await page.getByRole('searchbox', { name: 'Search by name, email or id' }).pressSequentially('gil goo')
    await expect(usersTable(page).getByRole('rowheader')).toHaveCount(1)
    await expect(page.getByRole('searchbox')).toBeFocused()
    await expect(page).toHaveURL(/q=gil/)
    await page.reload()
    await expect(usersTable(page).getByRole('rowheader')).toHaveCount(1)
  })

  test('says in words when a search finds nobody', { tag: ['@nojs', '@control'] }, async ({ page, admin }) => {
    await signIn(page, admin, '/users?q=%3Cb%3Enobody%3C%2Fb%3E')
    await expect(page.getByRole('heading', { name: /No user matches “<b>nobody<\/b>”/ })).toBeVisible()
    await page.getByRole('link', { name: 'Show all users' }).click()
    await expect(page.getByText(/1\s*–\s*25/)).toBeVisible()
  })
})
