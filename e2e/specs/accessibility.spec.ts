import { expectAccessible } from '../support/axe'
import { invite, notice, openAccountMenu, readByAll, row, shownPassword, signIn, signOut, statusSwitch, usersTable } from '../support/pages'
import { startSamples, type Samples } from '../support/samples'
import { expect, resize, test, unique } from '../support/test'

test.describe('axe finds nothing', { tag: '@phone' }, () => {
  test('on the list: full, searched in vain, filtered, its menus open', { tag: '@control' }, async ({ page, admin }) => {
    await signIn(page, admin)
    await expectAccessible(page, 'users')
    await openAccountMenu(page)
    await expectAccessible(page, 'account menu')
    await page.goto('/users?q=google@example.com')
    await page.getByRole('button', { name: 'Actions for Gil Google' }).click()
    await expectAccessible(page, 'row menu')
    await page.goto('/users?q=nobody-is-like-that')
    await expectAccessible(page, 'no match')
    await page.goto('/users?status=attention&health=no-email')
    await expectAccessible(page, 'needs attention, filtered')
  })

  test('on the list: still being read, stale', { tag: ['@control', '@provider', '@memory'] }, async ({ page, admin, control, troubles }) => {
    troubles.expectStatus(502)
    await control.fault({ endpoint: 'query-list', latency: '5500ms' })
    await signIn(page, admin)
    await expect(page.getByText('Reading the accounts on demo')).toBeVisible()
    await expectAccessible(page, 'loading')
    await expect(page.getByText('201 accounts on demo')).toBeVisible()
    await control.clearFaults()
    await readByAll(page)
    await control.fault({ endpoint: 'query', status: 500 })
    await page.goto('/users?fresh=1')
    await expect(page.getByRole('link', { name: 'Try now' })).toBeVisible()
    await expectAccessible(page, 'stale')
    await page.goto('/invite')
    await expectAccessible(page, 'invite while stale')
  })

  test('on the deactivation dialog, its refusal and its page, and the toast after it', { tag: '@control' }, async ({ page, admin, control, troubles }) => {
    troubles.expectStatus(502)
    const { id } = await control.user('google@example.com')
    await signIn(page, admin, '/users?q=google@example.com')
    await statusSwitch(page, 'Gil Google').click()
    await expect(page.getByRole('dialog')).toBeVisible()
    await expectAccessible(page, 'dialog')
    await control.fault({ endpoint: 'deactivate', status: 500, times: 1 })
    await page.getByRole('button', { name: 'Deactivate', exact: true }).click()
    await expect(page.getByRole('alert')).toBeVisible()
    await expectAccessible(page, 'dialog with a fault')
    await page.getByRole('button', { name: 'Deactivate', exact: true }).click()
    await expect(notice(page, 'Deactivated').first()).toBeVisible()
    await page.getByRole('button', { name: 'Undo' }).focus() // keeps it there
    await expectAccessible(page, 'toast')
    await page.goto(`/users/${id}/deactivate`)
    await expectAccessible(page, 'confirmation page')
    await page.goto(`/users/${(await control.user('nora')).id}/deactivate`)
    await expectAccessible(page, 'refusal')
  })

  test('on accounts: healthy, in every kind of trouble, oneself, with everything open', { tag: '@control' }, async ({ page, admin, control }) => {
    test.slow()
    await signIn(page, admin, `/users/${admin.id}`)
    await expectAccessible(page, 'oneself')
    for (const login of ['two.links@example.com', 'nora', 'mallory(at)example.com', 'dora.other@example.com', 'unconfirmed@example.com', 'sasha', 'admin', 'layla@example.com', 'deactivated@example.com', 'long.name@example.com', 'unknown.action@example.com']) {
      await page.goto(`/users/${(await control.user(login)).id}`)
      for (const summary of await page.getByText(/(sees now|may see)$|^Raw answer from the users API$/).all()) await summary.click()
      await expectAccessible(page, login)
    }
  })

  test('on the invitation: form, faults, the deactivated member, the password, the repetition', { tag: '@control' }, async ({ page, admin, control, troubles }) => {
    troubles.expectStatus(403, 409, 422)
    await signIn(page, admin, '/invite')
    await expectAccessible(page, 'form')
    await page.getByRole('radio', { name: 'Set one myself' }).check()
    await expectAccessible(page, 'form with a password')
    await invite(page, 'some.body@example', 'short')
    await expect(page.getByText('Use at least 8 characters.')).toBeVisible()
    await expectAccessible(page, 'field faults')
    await page.goto('/invite')
    await invite(page, 'deactivated@example.com')
    await expect(page.getByRole('button', { name: 'Activate instead' })).toBeVisible()
    await expectAccessible(page, 'deactivated member')
    await control.fault({ endpoint: 'invite', status: 403, times: 1 })
    await page.goto('/invite')
    await invite(page, unique('refused'))
    await expect(page.getByRole('alert')).toBeVisible()
    await expectAccessible(page, 'refusal')
    await page.goto('/invite')
    await invite(page, unique('axe'))
    await shownPassword(page)
    await expectAccessible(page, 'result')
    await page.reload()
    await expect(page.getByRole('heading', { name: 'This form was sent already' })).toBeVisible()
    await expectAccessible(page, 'repetition')
  })

  test('on the activity: entries, and none; on the sessions', { tag: '@control' }, async ({ page, admin, elsewhere }) => {
    await signIn(await elsewhere(), admin)
    await signIn(page, admin, '/sessions')
    await expect(page.getByRole('button', { name: 'Sign out everywhere else' })).toBeVisible()
    await expectAccessible(page, 'sessions')
    await page.goto('/activity')
    await expect(row(page, 'Signed in').first()).toBeVisible()
    await expectAccessible(page, 'activity')
    await page.goto('/activity?q=nobody-is-like-that')
    await expectAccessible(page, 'no entry')
  })

  test('on the pages of errors and of the doorstep', { tag: ['@control', '@provider'] }, async ({ page, admin, control, elsewhere, troubles }) => {
    troubles.expectStatus(400, 401, 403, 404, 502)
    const plain = await elsewhere()
    await plain.goto('/users')
    await plain.getByLabel('Username or email').fill('user@example.com')
    await plain.getByLabel('Password', { exact: true }).fill('demo')
    await plain.getByRole('button', { name: 'Sign in' }).click()
    await expect(plain.getByRole('heading', { name: 'You are not an administrator here' })).toBeVisible()
    await expectAccessible(plain, 'not an administrator')
    await plain.goto('/callback?state=x')
    await expectAccessible(plain, 'sign-in failed')

    await control.fault({ endpoint: 'query', status: 403 })
    await signIn(page, admin)
    await expect(page.getByRole('heading', { name: 'Wallaroo refuses this sign-in' })).toBeVisible()
    await expectAccessible(page, 'mappers')
    await control.clearFaults()
    await control.fault({ endpoint: 'query', status: 500, times: 1 })
    await page.goto('/users?fresh=1')
    await expect(page.getByRole('heading', { name: 'Wallaroo failed' })).toBeVisible()
    await expectAccessible(page, 'Wallaroo failed')
    await page.goto('/nothing-here')
    await expectAccessible(page, 'not found')
    await page.goto('/invite')
    await page.getByLabel('Email', { exact: true }).fill('x@example.com')
    await control.endSessions(admin.id)
    await page.getByRole('button', { name: 'Send invitation' }).click()
    await expect(page.getByRole('heading', { name: 'Your session has ended' })).toBeVisible()
    await expectAccessible(page, 'session ended')
    await page.goto('/users')
    await signIn(page, admin)
    await signOut(page)
    await expectAccessible(page, 'signed out')
  })

  test('on the list: one account, none, exactly a hundred', { tag: '@control' }, async ({ page, admin, control }) => {
    await resize(control, admin, { users: 0, seats: 1 })
    await signIn(page, admin)
    await expect(usersTable(page).getByRole('rowheader')).toHaveCount(1)
    await expectAccessible(page, 'one account')
    await control.fault({ endpoint: 'query-list', body: 'raw', raw: '{"users":{}}', times: 1 })
    await page.goto('/users?fresh=1')
    await expect(page.getByRole('heading', { name: 'Invite your first colleague' })).toBeVisible()
    await expectAccessible(page, 'empty')
    await resize(control, admin, { users: 99 })
    await page.context().clearCookies()
    await signIn(page, admin)
    await expect(page.getByText('Exactly 100 accounts.')).toBeVisible()
    await expectAccessible(page, 'exactly 100')
  })

  test('on a message about a network that is gone', { tag: '@control' }, async ({ page, context, admin, troubles }) => {
    troubles.expect(/ERR_INTERNET_DISCONNECTED/, /htmx:error: Failed to fetch/)
    await signIn(page, admin)
    await context.setOffline(true)
    await page.getByRole('navigation', { name: 'Filter by status' }).getByRole('link', { name: /^Active/ }).click()
    await expect(page.getByRole('alert').filter({ hasText: 'No answer.' })).toBeVisible()
    await expectAccessible(page, 'no answer')
  })
})

// What above takes a fault at the right moment, and all that it does not meet. The templates' own tests see to it that
// each page and each part is among the samples.
test.describe('axe finds nothing in the samples of', () => {
  let samples: Samples
  test.beforeAll(async () => { samples = await startSamples() })
  test.afterAll(async () => { await samples.stop() })

  const groups: [of: string, pattern: RegExp][] = [
    ['the list', /^users/],
    ['accounts and the question before a deactivation', /^(user-|user$|deactivate)/],
    ['the invitation', /^invite/],
  ]
  for (const [of, pattern] of [...groups, ['all else', undefined] as const]) {
    test(of, { tag: '@phone' }, async ({ page }) => {
      test.slow()
      const names = samples.names.filter((name) => pattern?.test(name) ?? !groups.some(([, other]) => other.test(name)))
      expect(names.length).toBeGreaterThan(5)
      for (const name of names) {
        await samples.open(page, name)
        await expectAccessible(page, name)
      }
    })
  }
})

test('axe finds nothing on the sheet of shortcuts', async ({ page, admin }) => {
  await signIn(page, admin, '/activity')
  await page.keyboard.press('?')
  await expect(page.getByRole('dialog', { name: 'Keyboard shortcuts' })).toBeVisible()
  await expectAccessible(page, 'shortcuts')
})

test('each page has one main heading, a title of its own, and a language', { tag: ['@nojs', '@control'] }, async ({ page, admin, control, troubles }) => {
  troubles.expectStatus(404)
  const { id } = await control.user('google@example.com')
  await signIn(page, admin)
  const titles = new Set<string>()
  for (const path of ['/users', `/users/${id}`, `/users/${id}/deactivate`, '/invite', '/activity', '/nothing-here']) {
    await page.goto(path)
    await expect(page.getByRole('heading', { level: 1 }), path).toHaveCount(1)
    expect(await page.title(), path).toMatch(/ · Wallaroo User Admin$/)
    titles.add(await page.title())
    expect(await page.evaluate(() => document.documentElement.lang), path).toBe('en')
  }
  expect(titles.size).toBe(6)
})
