import type { Page } from '@playwright/test'
import type { Fault } from '../support/control'
import { fact, listRead, readByAll, row, signIn, statusSwitch, usersTable } from '../support/pages'
import { expect, ownDemo, test } from '../support/test'

/** An error page says what failed, what was not done, what to do next, and a request id; and nothing that is ours alone. */
async function expectErrorPage(page: Page, title: string | RegExp, timeout = 40_000) {
  await expect(page.getByRole('heading', { level: 1, name: title })).toBeVisible({ timeout })
  await expect(page.getByText('Nothing was changed.')).toBeVisible()
  await expect(page.getByText('Request ID')).toBeVisible()
  await expectNothingPrivate(page)
}

async function expectNothingPrivate(page: Page) {
  const html = await page.content()
  expect(html).not.toMatch(/eyJ[\w-]{10,}\.eyJ/) // a token
  expect(html).not.toMatch(/goroutine|\.go:\d|panic|runtime error/) // a stack
  expect(html).not.toMatch(/nginx|dial tcp|127\.0\.0\.1:\d+: |unexpected EOF|invalid character|"msg"/) // the far side’s text or a cause
}

interface Case {
  title: string
  fault: Omit<Fault, 'endpoint'>
  status: number
  words: string
}

const cases: Case[] = [
  { title: 'a 400', fault: { status: 400 }, status: 502, words: 'Wallaroo found fault with this request' },
  { title: 'a 404', fault: { status: 404 }, status: 502, words: 'This Wallaroo has no such call' },
  { title: 'a 429', fault: { status: 429, headers: { 'Retry-After': '5' } }, status: 503, words: 'Wallaroo is asked too often' },
  { title: 'a 500', fault: { status: 500 }, status: 502, words: 'Wallaroo failed' },
  { title: 'a 503', fault: { status: 503 }, status: 502, words: 'Wallaroo failed' },
  { title: 'a proxy’s HTML 502', fault: { status: 502, body: 'html' }, status: 502, words: 'Wallaroo failed' },
  { title: 'HTML for JSON', fault: { body: 'html' }, status: 502, words: 'Wallaroo’s answer can’t be read' },
  { title: 'nothing', fault: { body: 'empty' }, status: 502, words: 'Wallaroo’s answer can’t be read' },
  { title: 'truncated JSON', fault: { body: 'truncated' }, status: 502, words: 'Wallaroo’s answer can’t be read' },
  { title: 'a broken connection', fault: { body: 'reset' }, status: 502, words: 'Wallaroo does not answer' },
  { title: 'silence', fault: { latency: '90s' }, status: 504, words: 'Wallaroo does not answer in time' },
  { title: 'one byte at a time', fault: { body: 'drip', latency: '200ms' }, status: 504, words: 'Wallaroo does not answer in time' },
]

test.describe('The first list answered with', () => {
  for (const { title, fault, status, words } of cases) {
    test(`S22 ${title} is a page in words, and the next attempt works`, { tag: title === 'a 500' ? ['@nojs', '@control'] : '@control' }, async ({ page, admin, control, troubles }) => {
      test.slow()
      troubles.expectStatus(status)
      // A read that takes longer than a second is loaded by the page later; request the answer that waits.
      await control.fault({ endpoint: 'query-list', ...fault })
      await signIn(page, admin, '/users?fresh=1')
      await expectErrorPage(page, words)
      await control.clearFaults()
      await page.getByRole('link', { name: 'Try again' }).click()
      await expect(usersTable(page)).toBeVisible()
      await expect(page.getByText('201 accounts on demo')).toBeVisible()
    })
  }

  for (const status of [401, 403]) {
    test(`a ${status}, after a sign-in that worked, names the step in docs/identity-provider.md`, { tag: ['@nojs', '@phone', '@control', '@provider'] }, async ({ page, admin, control, troubles }) => {
      troubles.expectStatus(403)
      await control.fault({ endpoint: 'query', status })
      await signIn(page, admin)
      await expect(page.getByRole('heading', { level: 1, name: 'Wallaroo refuses this sign-in' })).toBeVisible()
      await expect(page.getByText('docs/identity-provider.md')).toBeVisible()
      await expect(page.getByText('Give the client Wallaroo’s mappers')).toBeVisible()
      await expect(page.getByText('wallaroo-user-admin', { exact: true })).toBeVisible()
      await expect(page.getByText('Nothing was changed.')).toBeVisible()
      await expect(page.getByText('Request ID')).toBeVisible()
      await expectNothingPrivate(page)
      await control.clearFaults()
      await page.getByRole('link', { name: 'Try again' }).click()
      await expect(usersTable(page)).toBeVisible()
    })
  }

  test('null users is a page in words or an empty list, not a failure of ours', { tag: '@control' }, async ({ page, admin, control, troubles }) => {
    troubles.expectStatus(502)
    await control.fault({ endpoint: 'query-list', body: 'null-users' })
    await signIn(page, admin)
    await expect(page.getByRole('heading', { level: 1, name: 'Wallaroo’s answer can’t be read' }).or(page.getByText('0 accounts on demo'))).toBeVisible()
    await expectNothingPrivate(page)
  })

  test('unknown fields and types still shows what can be read', { tag: '@control' }, async ({ page, admin, control }) => {
    await control.fault({ endpoint: 'query-list', body: 'unknown-types' })
    await signIn(page, admin)
    await expect(row(page, 'sound@example.com')).toContainText('Active')
    await expectNothingPrivate(page)
  })
})

test.describe('One account answered with', () => {
  for (const { title, fault, status, words } of cases) {
    test(`S22 ${title} is a page in words, and the next attempt works`, { tag: title === 'a 500' ? ['@nojs', '@control'] : '@control' }, async ({ page, admin, control, troubles }) => {
      troubles.expectStatus(status)
      const { id } = await control.user('google@example.com')
      await signIn(page, admin)
      await expect(usersTable(page)).toBeVisible()
      await control.fault({ endpoint: 'query-by-id', ...fault })
      await page.goto(`/users/${id}`)
      await expectErrorPage(page, words)
      await control.clearFaults()
      await page.getByRole('link', { name: 'Try again' }).click()
      await expect(page.getByRole('heading', { level: 1, name: 'Gil Google' })).toBeVisible()
    })
  }

  test('a 403 is a page in words', { tag: '@control' }, async ({ page, admin, control, troubles }) => {
    troubles.expectStatus(403)
    const { id } = await control.user('google@example.com')
    await signIn(page, admin)
    await listRead(page)
    await control.fault({ endpoint: 'query-by-id', status: 403 })
    await page.goto(`/users/${id}`)
    await expectErrorPage(page, 'Wallaroo refused this')
  })

  test('unknown types shows what can be read', { tag: '@control' }, async ({ page, admin, control }) => {
    await signIn(page, admin)
    await listRead(page)
    await control.fault({ endpoint: 'query', body: 'unknown-types' })
    await page.goto('/users/00000000-0000-4000-8000-00000000000a')
    await expect(page.getByRole('heading', { level: 1 })).toBeVisible()
    await expect(await fact(page, 'User ID')).toContainText('00000000-0000-4000-8000-00000000000a')
    await page.goto('/users/00000000-0000-4000-8000-00000000000d')
    await expect(page.getByRole('heading', { level: 1, name: 'sound@example.com' })).toBeVisible()
  })
})

// Reading a quarter of a gigabyte takes longer than the other demos' time limit.
test.describe('With time for a very long list', () => {
  const open = ownDemo('--list-timeout=100s')

  test('S22 one over 256 MiB is a page in words, and the next attempt works', { tag: ['@control', '@provider'] }, async ({ browser, troubles }) => {
    test.slow()
    troubles.expectStatus(502)
    const { control, admin, page } = await open(browser, troubles)
    await control.fault({ endpoint: 'query-list', body: 'huge' })
    await signIn(page, admin, '/users?fresh=1')
    await expectErrorPage(page, 'Wallaroo’s answer is too large', 120_000)
    await control.clearFaults()
    await page.getByRole('link', { name: 'Try again' }).click()
    await expect(page.getByText('201 accounts on demo')).toBeVisible()
    await page.context().close()
  })
})

test.describe('A list that was read before, while Wallaroo does not answer', () => {
  test('is shown as old, and nothing can be changed from it', { tag: ['@nojs', '@phone', '@control', '@memory'] }, async ({ page, admin, control, troubles }) => {
    troubles.expectStatus(502) // what the page asks for besides
    await signIn(page, admin, '/users?q=google@example.com')
    await expect(row(page, 'google@example.com')).toBeVisible()
    await readByAll(page)
    await control.fault({ endpoint: 'query', status: 500 })
    await page.goto('/users?q=google@example.com&fresh=1')
    const note = page.getByRole('status').filter({ hasText: 'You can look, but not change anything until it is back.' })
    await expect(note).toContainText('Wallaroo failed.')
    await expect(row(page, 'google@example.com')).toBeVisible()
    await expect(statusSwitch(page, 'Gil Google')).toBeDisabled()
    await expect(statusSwitch(page, 'Gil Google')).toHaveAccessibleDescription('Not possible while Wallaroo does not answer.')
    await expect(page.getByRole('link', { name: 'Invite user' })).toBeDisabled()
    await readByAll(page, '/users?fresh=1')
    await page.goto('/invite')
    await expect(page.getByRole('button', { name: 'Send invitation' })).toBeDisabled()
    await page.goto('/users?q=google@example.com')
    await control.clearFaults()
    await page.getByRole('link', { name: 'Try now' }).click()
    await expect(statusSwitch(page, 'Gil Google')).toBeEnabled()
    await expect(note).toHaveCount(0)
  })
})

test.describe('With a script, within the page', () => {
  test('a part that fails is told above the content, which stays', { tag: '@control' }, async ({ page, admin, control, troubles }) => {
    troubles.expectStatus(502)
    const { id } = await control.user('dora.other@example.com')
    await signIn(page, admin, `/users/${id}`)
    await control.fault({ endpoint: 'query-by-id', status: 500, times: 1 })
    await page.getByRole('link', { name: 'Check again' }).click()
    const note = page.getByRole('alert').filter({ hasText: 'Wallaroo failed.' })
    await expect(note).toContainText('Nothing was changed.')
    await expect(note).toContainText('Request ID')
    await expect(note).toBeFocused()
    await expect(page.getByRole('heading', { level: 1, name: 'Dora Differs' })).toBeVisible()
    await expectNothingPrivate(page)
    await page.getByRole('link', { name: 'Check again' }).click()
    await expect(note).toHaveCount(0)
  })

  test('a failed opening of the dialog is told, too', { tag: '@control' }, async ({ page, admin, control, troubles }) => {
    troubles.expectStatus(502)
    await signIn(page, admin, '/users?q=google@example.com')
    await expect(page.getByRole('cell', { name: 'Google', exact: true })).toBeVisible() // what is asked for after the page is there
    await control.fault({ endpoint: 'query-by-id', status: 500, times: 1 })
    await statusSwitch(page, 'Gil Google').click()
    await expect(page.getByRole('alert').filter({ hasText: 'Wallaroo failed.' })).toBeVisible()
    await expect(page.getByRole('dialog')).toBeHidden()
    await page.getByRole('button', { name: 'Dismiss' }).click()
    await expect(page.getByRole('alert')).toHaveCount(0)
    await statusSwitch(page, 'Gil Google').click()
    await expect(page.getByRole('dialog')).toBeVisible()
  })

  test('a network that is gone is told, and can be tried again', { tag: '@control' }, async ({ page, context, admin, troubles }) => {
    troubles.expect(/ERR_INTERNET_DISCONNECTED/, /htmx:error: Failed to fetch/)
    await signIn(page, admin)
    await context.setOffline(true)
    await page.getByRole('navigation', { name: 'Filter by status' }).getByRole('link', { name: /^Deactivated/ }).click()
    const note = page.getByRole('alert').filter({ hasText: 'No answer.' })
    await expect(note).toContainText('The connection may be gone.')
    await expect(note).toBeFocused()
    await expect(usersTable(page)).toBeVisible()
    await context.setOffline(false)
    await note.getByRole('button', { name: 'Try again' }).click()
    await expect(note).toHaveCount(0)
    const toggles = usersTable(page).getByRole('switch')
    await expect(toggles).not.toHaveCount(0)
    for (const toggle of await toggles.all()) await expect(toggle).not.toBeChecked()
  })

  test('a network that is gone in mid-change says to look before trying again', { tag: '@control' }, async ({ page, context, admin, control, troubles }) => {
    troubles.expect(/ERR_INTERNET_DISCONNECTED/, /htmx:error: Failed to fetch/)
    await signIn(page, admin, '/users?q=google@example.com')
    await statusSwitch(page, 'Gil Google').click()
    await expect(page.getByRole('dialog')).toBeVisible()
    await context.setOffline(true)
    await page.getByRole('button', { name: 'Deactivate', exact: true }).click()
    const note = page.getByRole('alert').filter({ hasText: 'If you were changing something, look at it before you try again.' })
    await expect(note).toBeVisible()
    await expect(page.getByRole('dialog')).toBeHidden()
    await context.setOffline(false)
    await note.getByRole('button', { name: 'Try again' }).click()
    await expect(note).toHaveCount(0)
    expect(await control.requests('deactivate')).toEqual([])
    await expect(statusSwitch(page, 'Gil Google')).toBeChecked()
  })
})

test.describe('Addresses that lead nowhere', () => {
  for (const path of ['/nothing-here', '/users/a/b/c', '/static/nothing.css', '/%3Cscript%3Ealert(1)%3C/script%3E']) {
    test(`${path} is a page in words`, { tag: '@control' }, async ({ page, admin, troubles }) => {
      troubles.expectStatus(404)
      await signIn(page, admin)
      const answer = await page.goto(path)
      expect(answer?.status()).toBe(404)
      if (path.startsWith('/static/')) return
      await expect(page.getByRole('heading', { level: 1, name: 'There is no such page' })).toBeVisible()
      await expect(page.getByRole('navigation', { name: 'Main' }).getByRole('link', { name: 'Users' })).toBeVisible()
      await expectNothingPrivate(page)
    })
  }
})
