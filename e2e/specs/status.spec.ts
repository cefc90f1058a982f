import type { Locator, Page } from '@playwright/test'
import { confirmDeactivation, fillSignIn, notice, readByAll, row, signIn, signInForm, statusSwitch, usersTable } from '../support/pages'
import { expect, resize, test } from '../support/test'

const list = '/users?q=google%40example.com'

/** How many seats the page says are used. */
async function seats(page: Page): Promise<number> {
  const text = await page.getByText(/^\s*[\d,]+\s+(of\s+[\d,]+\s+)?used\s*$/).first().innerText()
  return Number(/[\d,]+/.exec(text)?.[0].replace(',', ''))
}

const tab = (page: Page, name: string): Locator => page.getByRole('navigation', { name: 'Filter by status' }).getByRole('link', { name: new RegExp(`^${name}`) })

test.describe('Deactivating', () => {
  test('from the list: asks, does it, shows it, and takes it back', { tag: ['@nojs', '@phone', '@control', '@provider'] }, async ({ page, admin, control, elsewhere, troubles }) => {
    troubles.expectStatus(403)
    await signIn(page, admin, list)
    const used = await seats(page)
    const active = (await control.counts()).active
    await statusSwitch(page, 'Gil Google').click()
    await expect(page.getByRole('heading', { level: 1, name: 'Deactivate Gil Google?' })).toBeVisible()
    for (const words of ['Cannot sign in any more', 'A session that is open now can go on until its token ends.', 'Frees a licence seat', `${active - 1} seats will be in use.`, 'Models and pipelines stay', 'You can activate the account again at any time.']) {
      await expect(page.getByText(words), words).toBeVisible()
    }
    expect(await control.requests('deactivate')).toEqual([])
    await confirmDeactivation(page)
    await expect(notice(page, /Deactivated\s+Gil Google/).first()).toBeVisible()
    await expect(statusSwitch(page, 'Gil Google')).not.toBeChecked()
    await expect(row(page, 'google@example.com')).toContainText('Deactivated')
    expect(await seats(page)).toBe(used - 1)
    await expect(tab(page, 'Deactivated')).toHaveText(/Deactivated\s*1$/)
    expect((await control.user('google@example.com')).enabled).toBe(false)

    const theirs = await elsewhere()
    await theirs.goto('/users')
    await fillSignIn(theirs, { email: 'google@example.com', password: 'demo' })
    await expect(theirs.getByText('Account is disabled, contact your administrator.')).toBeVisible()

    await page.getByRole('button', { name: 'Undo' }).first().click()
    await expect(notice(page, /Activated\s+Gil Google/).first()).toBeVisible()
    await expect(statusSwitch(page, 'Gil Google')).toBeChecked()
    expect(await seats(page)).toBe(used)
    await theirs.goto('/users')
    await fillSignIn(theirs, { email: 'google@example.com', password: 'demo' })
    await expect(theirs.getByRole('heading', { name: 'You are not an administrator here' })).toBeVisible()
  })

  test('an account of unknown status, whose answer confirms nothing until it has one', { tag: ['@nojs', '@control'] }, async ({ page, admin, control, troubles }) => {
    troubles.expectStatus(502)
    const { id } = await control.user('google@example.com')
    await control.change(id, { lacks: ['enabled'] })
    await signIn(page, admin, `/users/${id}`)
    await expect(page.getByRole('switch')).toHaveCount(0)
    const ask = () => page.getByRole('button', { name: 'Deactivate', exact: true }).first().click()
    await ask()
    await expect(page.getByRole('heading', { level: 1, name: 'Deactivate Gil Google?' })).toBeVisible()
    await page.getByRole('button', { name: 'Deactivate', exact: true }).last().click()
    await expect(page.getByText('Wallaroo did not say whether it was done').first()).toBeVisible()
    expect((await control.user(id)).enabled).toBe(false)
    await control.change(id, { lacks: [], enabled: true })
    await page.goto(`/users/${id}`)
    await expect(statusSwitch(page, 'Gil Google')).toBeChecked()
  })

  test('from the account’s own page', { tag: ['@nojs', '@phone', '@control'] }, async ({ page, admin, control }) => {
    const { id } = await control.user('google@example.com')
    await signIn(page, admin, `/users/${id}`)
    await statusSwitch(page, 'Gil Google').click()
    await confirmDeactivation(page)
    await expect(page).toHaveURL(`/users/${id}`)
    await expect(notice(page, /Deactivated\s+Gil Google/).first()).toBeVisible()
    await expect(statusSwitch(page, 'Gil Google')).not.toBeChecked()
    await expect(page.getByRole('region', { name: 'Activity' }).getByRole('listitem').first()).toContainText(/Deactivated[\s\S]*Ann Admin/)
    await page.getByRole('button', { name: 'Undo' }).first().click()
    await expect(statusSwitch(page, 'Gil Google')).toBeChecked()
    expect((await control.user(id)).enabled).toBe(true)
    // Opening the page again does not repeat the notice.
    await page.goto(`/users/${id}`)
    await expect(page.getByRole('button', { name: 'Undo' })).toHaveCount(0)
  })

  test('can be thought better of', { tag: ['@nojs', '@control'] }, async ({ page, admin, control }) => {
    await signIn(page, admin, list)
    await statusSwitch(page, 'Gil Google').click()
    await page.getByRole('link', { name: 'Cancel' }).click()
    await expect(page).toHaveURL(list)
    await expect(statusSwitch(page, 'Gil Google')).toBeChecked()
    expect(await control.requests('deactivate')).toEqual([])
  })

  test('begins on Cancel, ends with Escape, and gives the focus back to the switch', { tag: '@control' }, async ({ page, admin, control }) => {
    await signIn(page, admin, list)
    const toggle = statusSwitch(page, 'Gil Google')
    await toggle.focus()
    await page.keyboard.press('Space')
    const dialog = page.getByRole('dialog', { name: 'Deactivate Gil Google?' })
    await expect(dialog).toBeVisible()
    await expect(dialog.getByRole('link', { name: 'Cancel' })).toBeFocused()
    await page.keyboard.press('Escape')
    await expect(dialog).toBeHidden()
    await expect(toggle).toBeFocused()
    expect(await control.requests('deactivate')).toEqual([])
    // Done by the keyboard alone, the focus comes back to the switch as well.
    await page.keyboard.press('Space')
    await expect(dialog.getByRole('link', { name: 'Cancel' })).toBeFocused()
    await page.keyboard.press('Tab')
    await page.keyboard.press('Enter')
    await expect(toggle).not.toBeChecked()
    await expect(toggle).toBeFocused()
  })

  test('that is pressed twice is sent once', { tag: ['@replicas', '@control'] }, async ({ page, admin, control }) => {
    await control.fault({ endpoint: 'deactivate', latency: '500ms' })
    await signIn(page, admin, list)
    await statusSwitch(page, 'Gil Google').click()
    await page.getByRole('button', { name: 'Deactivate', exact: true }).dblclick()
    await expect(statusSwitch(page, 'Gil Google')).not.toBeChecked()
    expect(await control.requests('deactivate')).toHaveLength(1)
  })

  test('takes a row out of a list that no longer has it, and leaves the focus on the next', { tag: '@control' }, async ({ page, admin }) => {
    await signIn(page, admin, '/users?status=active&q=example.com')
    const rows = usersTable(page).getByRole('rowheader')
    const total = async () => Number(await page.getByRole('navigation', { name: 'Pages of users' }).locator('data').nth(2).getAttribute('value'))
    const before = await total()
    const toggle = usersTable(page).getByRole('switch', { disabled: false }).first()
    const name = (await toggle.getAttribute('aria-label') ?? '').replace('Active: ', '')
    await toggle.click()
    await page.getByRole('button', { name: 'Deactivate', exact: true }).click()
    await expect(notice(page, `Deactivated`).first()).toBeVisible()
    await expect(page.getByRole('link', { name, exact: true })).toHaveCount(0)
    await expect.poll(total).toBe(before - 1)
    await expect(rows).toHaveCount(25) // the first of the next page has moved up
    expect(await page.evaluate(() => document.activeElement?.closest('table')?.getAttribute('aria-label'))).toBe('Users')
  })

  test('shows the account as the API has it, changed elsewhere meanwhile', { tag: ['@nojs', '@control'] }, async ({ page, admin, control }) => {
    await signIn(page, admin, list)
    await statusSwitch(page, 'Gil Google').click()
    await expect(page.getByRole('button', { name: 'Deactivate', exact: true })).toBeVisible()
    await control.change('google@example.com', { firstName: 'Gilbert', email: 'gilbert@google.example', username: 'gilbert@google.example' })
    await confirmDeactivation(page)
    await expect(notice(page, /Deactivated\s+Gilbert Google/).first()).toBeVisible()
    expect((await control.user('gilbert@google.example')).enabled).toBe(false)
    expect((await control.requests('deactivate')).map((r) => r.body)).toEqual([{ email: 'gilbert@google.example' }])
    await page.goto('/users?q=gilbert@google.example')
    await expect(statusSwitch(page, 'Gilbert Google')).not.toBeChecked()
  })

  test('notices that it is one’s own account by now protected by rule', { tag: ['@nojs', '@control'] }, async ({ page, admin, control, troubles }) => {
    troubles.expectStatus(409)
    await signIn(page, admin, list)
    await statusSwitch(page, 'Gil Google').click()
    await expect(page.getByRole('button', { name: 'Deactivate', exact: true })).toBeVisible()
    await control.change('google@example.com', { manage: false })
    await confirmDeactivation(page)
    await expect(page.getByText('Wallaroo says that you may not manage this account.').first()).toBeVisible()
    expect(await control.requests('deactivate')).toEqual([])
    expect((await control.user('google@example.com')).enabled).toBe(true)
  })

  const faults: [title: string, fault: Parameters<import('../support/control').Control['fault']>[0], words: RegExp][] = [
    ['a 500', { endpoint: 'deactivate', status: 500 }, /Wallaroo failed\.[\s\S]*Nothing was changed\./],
    ['a 400', { endpoint: 'deactivate', status: 400 }, /special characters in a name[\s\S]*Nothing was changed\./],
    ['a 403', { endpoint: 'deactivate', status: 403 }, /Wallaroo refused this\.[\s\S]*Nothing was changed\./],
    ['a 404', { endpoint: 'deactivate', status: 404 }, /no such call[\s\S]*Nothing was changed\./],
    ['a 429', { endpoint: 'deactivate', status: 429 }, /asked too often[\s\S]*Nothing was changed\./],
    ['a proxy’s HTML', { endpoint: 'deactivate', status: 502, body: 'html' }, /Wallaroo failed\.[\s\S]*It may still be done\./],
    ['a broken connection', { endpoint: 'deactivate', body: 'reset' }, /Wallaroo does not answer\.[\s\S]*It may still be done\./],
    ['silence', { endpoint: 'deactivate', latency: '60s' }, /does not answer in time\.[\s\S]*It may still be done\./],
    ['a yes that is none', { endpoint: 'deactivate', body: 'raw', raw: '{}' }, /said that it was done, but the account is unchanged/],
  ]
  for (const [title, fault, words] of faults) {
    test(`S22 that is answered with ${title} keeps the question and says what went wrong`, { tag: /^a (500|yes)/.test(title) ? ['@nojs', '@control'] : '@control' }, async ({ page, admin, control, troubles }) => {
      troubles.expectStatus(403, 502, 503, 504)
      await signIn(page, admin, list)
      await statusSwitch(page, 'Gil Google').click()
      await control.fault({ ...fault, times: 1 })
      await confirmDeactivation(page)
      const note = page.getByRole('alert').filter({ hasText: words })
      await expect(note).toBeVisible({ timeout: 40_000 })
      await expect(page.getByRole('heading', { name: 'Deactivate Gil Google?' })).toBeVisible()
      expect((await control.user('google@example.com')).enabled).toBe(true)
      expect(await control.requests('deactivate')).toHaveLength(1)
      // The form can be submitted again.
      await confirmDeactivation(page)
      await expect(notice(page, /Deactivated\s+Gil Google/).first()).toBeVisible()
      expect((await control.user('google@example.com')).enabled).toBe(false)
    })
  }

  for (const [title, fault] of [['a 500', { status: 500 }], ['HTML', { body: 'html' }], ['a broken connection', { body: 'reset' }], ['silence', { latency: '60s' }]] as const) {
    test(`S22 that is done, but answered with ${title}, is shown as done`, { tag: title === 'silence' ? ['@nojs', '@control'] : '@control' }, async ({ page, admin, control }) => {
      await signIn(page, admin, list)
      await statusSwitch(page, 'Gil Google').click()
      await control.fault({ endpoint: 'deactivate', times: 1, after: 'act', ...fault })
      await confirmDeactivation(page)
      await expect(notice(page, /Deactivated\s+Gil Google/).first()).toBeVisible({ timeout: 40_000 })
      await expect(statusSwitch(page, 'Gil Google')).not.toBeChecked()
      expect(await control.requests('deactivate')).toHaveLength(1)
    })
  }

  test('S22 without a clear answer, and an account that can’t be read, says that it may or may not have been done', { tag: ['@nojs', '@control', '@memory'] }, async ({ page, admin, control, troubles }) => {
    troubles.expectStatus(502)
    await signIn(page, admin, list)
    await readByAll(page)
    await statusSwitch(page, 'Gil Google').click()
    await expect(page.getByRole('button', { name: 'Deactivate', exact: true })).toBeVisible()
    await control.fault({ endpoint: 'deactivate', body: 'reset', after: 'act', times: 1 })
    await control.fault({ endpoint: 'query-by-id', headers: { 'X-Fault': 'none: the reading before the change' }, times: 1 })
    await control.fault({ endpoint: 'query-by-id', status: 500 })
    await confirmDeactivation(page)
    await expect(page.getByText('It may or may not have been changed.')).toBeVisible()
  })

  test('S24 a 401 on the change is answered with one refresh, and the change is done once', { tag: ['@nojs', '@control', '@provider'] }, async ({ page, admin, control }) => {
    await signIn(page, admin, list)
    await statusSwitch(page, 'Gil Google').click()
    await control.fault({ endpoint: 'deactivate', status: 401, times: 1 })
    await confirmDeactivation(page)
    await expect(notice(page, /Deactivated\s+Gil Google/).first()).toBeVisible()
    const sent = await control.requests('deactivate')
    expect(sent.map((r) => r.status)).toEqual([401, 200])
    expect(sent[0]?.token).not.toBe(sent[1]?.token)
  })
})

test.describe('Activating', () => {
  test('from the list, at one press', { tag: ['@nojs', '@phone', '@control'] }, async ({ page, admin, control }) => {
    await signIn(page, admin, '/users?q=deactivated@example.com')
    await statusSwitch(page, 'Dea Deactivated').click()
    await expect(notice(page, /Activated\s+Dea Deactivated/).first()).toBeVisible()
    await expect(statusSwitch(page, 'Dea Deactivated')).toBeChecked()
    expect((await control.user('deactivated@example.com')).enabled).toBe(true)
    // Undo deactivates without asking again: the toast is the question’s answer.
    await page.getByRole('button', { name: 'Undo' }).first().click()
    await expect(statusSwitch(page, 'Dea Deactivated')).not.toBeChecked()
    expect((await control.user('deactivated@example.com')).enabled).toBe(false)
  })

  for (const where of ['in the list', 'on the account’s page']) {
    test(`that is pressed twice is sent once, and so is Undo, ${where}`, { tag: ['@phone', '@control'] }, async ({ page, admin, control }) => {
      for (const endpoint of ['activate', 'deactivate']) await control.fault({ endpoint, latency: '500ms' })
      await signIn(page, admin, where === 'in the list' ? '/users?q=deactivated@example.com' : `/users/${(await control.user('deactivated@example.com')).id}`)
      await statusSwitch(page, 'Dea Deactivated').dblclick()
      await expect(statusSwitch(page, 'Dea Deactivated')).toBeChecked()
      await page.waitForLoadState('networkidle')
      await expect(page.getByRole('dialog')).toBeHidden() // the second press has not asked for the way back
      expect(await control.requests('activate')).toHaveLength(1)
      await page.getByRole('button', { name: 'Undo' }).dblclick()
      await expect(statusSwitch(page, 'Dea Deactivated')).not.toBeChecked()
      await page.waitForLoadState('networkidle')
      expect(await control.requests('deactivate')).toHaveLength(1)
      expect(await control.requests('activate')).toHaveLength(1)
    })
  }

  test('at the seat limit is refused in words', { tag: ['@nojs', '@phone', '@control'] }, async ({ page, admin, control, troubles }) => {
    troubles.expectStatus(403)
    await resize(control, admin, { seats: 5 })
    await signIn(page, admin, '/users?q=deactivated@example.com')
    await statusSwitch(page, 'Dea Deactivated').click()
    await expect(page.getByText('Nobody was activated.')).toBeVisible()
    await expect(page.getByText(/You have reached the user limit in your Wallaroo instance/)).toBeVisible()
    expect((await control.user('deactivated@example.com')).enabled).toBe(false)
    await page.goto('/users?q=deactivated@example.com')
    await expect(statusSwitch(page, 'Dea Deactivated')).not.toBeChecked()
  })

  test('S22 that fails says so, and can be tried again', { tag: ['@nojs', '@control'] }, async ({ page, admin, control, troubles }) => {
    troubles.expectStatus(502)
    await signIn(page, admin, '/users?q=deactivated@example.com')
    await control.fault({ endpoint: 'activate', status: 500, times: 1 })
    await statusSwitch(page, 'Dea Deactivated').click()
    await expect(page.getByText('Wallaroo failed').first()).toBeVisible()
    await expect(page.getByText(/Nothing was changed\./).first()).toBeVisible()
    await page.goto('/users?q=deactivated@example.com')
    await statusSwitch(page, 'Dea Deactivated').click()
    await expect(notice(page, /Activated\s+Dea Deactivated/).first()).toBeVisible()
  })

  test('an account with markup in its name, which the API won’t change, is reported as it is', { tag: ['@nojs', '@control'] }, async ({ page, admin, control, troubles }) => {
    troubles.expectStatus(502)
    await control.change('script@example.com', { enabled: false })
    await signIn(page, admin, '/users?q=script@example.com')
    await page.getByRole('switch', { name: /script/ }).click()
    await expect(page.getByText(/special characters in a name, can only be changed in Keycloak/)).toBeVisible()
    expect((await control.user('script@example.com')).enabled).toBe(false)
  })
})

test.describe('In a list that shows only some', () => {
  test('who is deactivated leaves it, and is there again after Undo; the numbers agree', { tag: '@control' }, async ({ page, admin }) => {
    await signIn(page, admin, '/users?status=active&q=gil+google')
    const list = page.getByRole('table', { name: 'Users' }).getByRole('rowheader')
    await expect(list).toHaveCount(1)
    await statusSwitch(page, 'Gil Google').click()
    await confirmDeactivation(page)
    await expect(page.getByRole('heading', { name: /^No active user matches/ })).toBeVisible()
    await expect(page.getByRole('navigation', { name: 'Filter by status' }).getByRole('link', { name: /^Active/ })).toHaveText(/Active\s*0$/)
    await expect(page.locator('body')).not.toBeFocused()
    await page.getByRole('button', { name: 'Undo' }).click()
    await expect(list).toHaveCount(1)
    await expect(page.getByRole('navigation', { name: 'Pages of users' })).toContainText(/1\s*–\s*1\s*of\s*1/)
    await expect(statusSwitch(page, 'Gil Google')).toBeChecked()
  })
})

test.describe('Accounts that are not changed here', () => {
  const guarded: [who: string, name: string, reason: string][] = [
    ['admin', 'admin', 'The settings of this dashboard protect this account.'],
    ['nora', 'Nora Nomail', 'Wallaroo changes accounts by email, and this one has none. Change it in Keycloak.'],
    ['shared@example.com', 'Sam Shared', 'Another account has the same email, and Wallaroo could change the wrong one. Change it in Keycloak.'],
    ['sasha', 'Sasha Shared', 'Another account has the same email, and Wallaroo could change the wrong one. Change it in Keycloak.'],
    ['not.manageable@example.com', 'Nino Untouchable', 'Wallaroo says that you may not manage this account.'],
    ['oneself', 'Ann Admin', 'This is your own account. Another administrator can deactivate it.'],
  ]
  for (const [who, name, reason] of guarded) {
    test(`${who}: the switch is off limits and says why, and so does the server`, { tag: ['nora', 'oneself'].includes(who) ? ['@nojs', '@control'] : '@control' }, async ({ page, admin, control, baseURL, troubles }) => {
      troubles.expectStatus(409)
      const { id } = await control.user(who === 'oneself' ? admin.id : who)
      await signIn(page, admin, `/users?per=250`)
      const inList = usersTable(page).getByRole('switch', { name: `Active: ${name}`, exact: true })
      await expect(inList).toBeDisabled()
      await expect(inList).toHaveAccessibleDescription(reason)
      await page.goto(`/users/${id}`)
      await expect(page.getByRole('switch')).toBeDisabled()
      await expect(page.getByText(reason).filter({ visible: true }).first()).toBeVisible()

      // The disabled switch is for convenience; the server refuses the change.
      await page.goto(`/users/${id}/deactivate`)
      await expect(page.getByText(reason)).toBeVisible()
      await expect(page.getByRole('button', { name: 'Deactivate', exact: true })).toHaveCount(0)
      const answer = await page.request.post(`/users/${id}/deactivate`, { form: { return: '/users', key: `by-hand-${id}` }, headers: { Origin: baseURL ?? '' } })
      expect(answer.status()).toBe(409)
      expect(await answer.text()).toContain(reason.split(',')[0])
      expect(await control.requests('deactivate')).toEqual([])
      expect((await control.user(id)).enabled).toBe(true)
      await page.goto(`/activity?user=${id}`)
      await expect(row(page, 'Tried to deactivate', reason).first()).toBeVisible()
    })
  }

  test('an unknown account can’t be changed by hand either', { tag: '@control' }, async ({ page, admin, control, baseURL }) => {
    await signIn(page, admin)
    const answer = await page.request.post('/users/00000000-0000-4000-8000-000000000000/deactivate', { form: { key: 'by-hand' }, headers: { Origin: baseURL ?? '' } })
    expect(answer.status()).toBe(404)
    expect(await control.requests('deactivate')).toEqual([])
  })

  test('S46 nor by somebody who is not signed in', { tag: '@control' }, async ({ request, page, control, baseURL }) => {
    const { id } = await control.user('google@example.com')
    for (const path of [`/users/${id}/deactivate`, `/users/${id}/activate`, '/invite']) {
      const answer = await request.post(path, { form: { key: 'by-hand', email: 'x@example.com' }, headers: { Origin: baseURL ?? '' } })
      expect(answer.status(), path).toBe(401)
    }
    for (const endpoint of ['deactivate', 'activate', 'invite', 'query']) expect(await control.requests(endpoint)).toEqual([])
    await page.goto(`/users/${id}/deactivate`)
    await expect(signInForm(page)).toBeVisible()
  })
})
