import type { Page } from '@playwright/test'
import { expectAccessible } from '../support/axe'
import { below } from '../support/below'
import { Control } from '../support/control'
import { startDemo } from '../support/demo'
import { confirmDeactivation, fillSignIn, invite, notice, openAccountMenu, readByAll, row, shownPassword, signIn, signOut, statusSwitch, usersTable } from '../support/pages'
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
    await page.goto('/users?q=created:soon')
    await expect(page.getByRole('searchbox')).toHaveAttribute('aria-invalid', 'true')
    await expectAccessible(page, 'a wrong search term')
    await page.goto('/users')
    if (await page.getByRole('combobox', { name: 'Trouble' }).isHidden()) {
      await page.getByLabel('Filters').click()
      await expect(page.getByRole('combobox', { name: 'Trouble' })).toBeVisible()
      await expectAccessible(page, 'filters opened')
    }
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
    await invite(page, 'Jo Doe <mailto:jo@example.com>')
    await expect(page.getByText('Understood as')).toBeVisible()
    await expectAccessible(page, 'pasted address')
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

  test('on changes of which nobody knows, and on what the log says of them', { tag: ['@control', '@memory'] }, async ({ page, admin, control, troubles }) => {
    test.slow()
    troubles.expectStatus(409, 502)
    await signIn(page, admin, '/users?q=google@example.com')
    await readByAll(page)
    await statusSwitch(page, 'Gil Google').click()
    await control.fault({ endpoint: 'deactivate', body: 'reset', times: 1 })
    await confirmDeactivation(page)
    await expect(page.getByText('It may still be done.')).toBeVisible()
    await expectAccessible(page, 'it may still be done')
    await control.fault({ endpoint: 'deactivate', body: 'reset', after: 'act', times: 1 })
    await control.fault({ endpoint: 'query-by-id', headers: { 'X-Fault': 'none: the reading before the change' }, times: 1 })
    await control.fault({ endpoint: 'query-by-id', status: 500 })
    await confirmDeactivation(page)
    await expect(page.getByText('It may or may not have been changed.')).toBeVisible()
    await expectAccessible(page, 'it may or may not have been changed')
    await control.clearFaults()

    const invitation: [what: string, words: string, fault: Parameters<Control['fault']>[0], listFails?: boolean][] = [
      ['nobody so far', 'Nobody was invited so far.', { endpoint: 'invite', body: 'reset' }],
      ['invited without an answer', 'They were invited, but the password did not arrive.', { endpoint: 'invite', body: 'reset', after: 'act' }],
      ['invited without a password', 'Wallaroo sent no password.', { endpoint: 'invite', body: 'raw', raw: '{}', after: 'act' }],
      ['nobody knows', 'Nobody knows yet whether they were invited.', { endpoint: 'invite', body: 'reset', after: 'act' }, true],
    ]
    for (const [what, words, fault, listFails] of invitation) {
      await page.goto('/invite')
      await readByAll(page)
      await control.fault({ ...fault, times: 1 })
      if (listFails) await control.fault({ endpoint: 'query', status: 500 })
      await invite(page, unique('unsure'))
      await expect(page.getByText(words)).toBeVisible()
      await expectAccessible(page, what)
      await control.clearFaults()
    }
    const email = unique('quicker')
    await page.goto('/invite')
    await readByAll(page)
    await control.add({ email, firstName: 'Quick', lastName: 'Enough' })
    await invite(page, email)
    await expect(page.getByText('is already a member.')).toBeVisible()
    await expectAccessible(page, 'exists already')

    await control.change('unconfirmed@example.com', { enabled: false })
    await page.goto('/users?fresh=1')
    await expect(async () => {
      await page.goto('/activity')
      await expect(row(page, 'Deactivated elsewhere').first()).toBeVisible({ timeout: 1000 })
    }).toPass()
    await expect(row(page, 'No clear answer from Wallaroo').first()).toBeVisible()
    await expectAccessible(page, 'activity with failures, doubts and changes elsewhere')
  })

  test('on the seat limit, reached', { tag: '@control' }, async ({ page, admin, control, troubles }) => {
    troubles.expectStatus(403)
    await resize(control, admin, { seats: 5 })
    await signIn(page, admin, '/users?q=deactivated@example.com')
    await statusSwitch(page, 'Dea Deactivated').click()
    await expect(page.getByText('Nobody was activated.')).toBeVisible()
    await expectAccessible(page, 'no seat to activate')
    await page.goto('/invite')
    await invite(page, unique('no.seat'))
    await expect(page.getByText('Nobody was invited.')).toBeVisible()
    await expectAccessible(page, 'no seat to invite')
  })

  test('on requests that are refused: too many, too much, of the wrong kind, from elsewhere, for nobody', { tag: ['@control', '@direct'] }, async ({ page, admin, baseURL, troubles }) => {
    troubles.expectStatus(403, 404, 405, 413, 429)
    await signIn(page, admin, '/users/00000000-0000-4000-8000-000000000000')
    await expect(page.getByRole('heading', { name: 'There is no such user' })).toBeVisible()
    await expectAccessible(page, 'no such user')
    await page.goto('/logout')
    await expect(page.getByRole('heading', { name: 'This page can’t be used in this way' })).toBeVisible()
    await expectAccessible(page, 'wrong method')
    await page.goto('/invite')
    await page.getByLabel('Email', { exact: true }).fill(`x@${'x'.repeat(70_000)}`)
    await page.getByRole('button', { name: 'Send invitation' }).click()
    await expect(page.getByRole('heading', { name: 'That is too much text' })).toBeVisible()
    await expectAccessible(page, 'too much')

    // A form is answered with 429 when it was sent too often; an invalid form calls no API.
    await page.route(/\/(invite|activate)$/, async (route) => {
      if (route.request().method() !== 'POST') return route.fallback()
      for (;;) {
        const answers = await Promise.all(Array.from({ length: 20 }, () => route.fetch()))
        const response = answers.find((answer) => answer.status() === 429)
        if (response) return route.fulfill({ response })
      }
    })
    await page.goto('/invite')
    await invite(page, 'not an address')
    await expect(page.getByRole('heading', { name: 'Too many requests' })).toBeVisible()
    await expectAccessible(page, 'too many')
    await page.goto('/users?q=deactivated@example.com')
    await statusSwitch(page, 'Dea Deactivated').click()
    await expect(page.getByRole('alert').filter({ hasText: 'Too many requests.' })).toBeVisible()
    await expectAccessible(page, 'too many, told within the page')

    await page.goto('about:blank')
    await page.setContent(`<form method="post" action="${baseURL}${below('/logout')}"><button>Send</button></form>`)
    await page.getByRole('button', { name: 'Send' }).click()
    await expect(page.getByRole('heading', { name: 'This request came from another site' })).toBeVisible()
    await expectAccessible(page, 'from another site')
  })

  test('on what the identity provider can do to a sign-in', { tag: ['@control', '@provider'] }, async ({ page, control, elsewhere, troubles }) => {
    troubles.expectStatus(400, 502, 503)
    await control.fault({ endpoint: 'auth', body: 'callback-error', raw: 'access_denied', times: 1 })
    await page.goto('/activity')
    await expect(page.getByRole('heading', { name: 'The identity provider refused the sign-in' })).toBeVisible()
    await expectAccessible(page, 'refused by the provider')

    const fresh = await startDemo() // which has not asked the provider yet
    try {
      const other = await elsewhere({ baseURL: fresh.url })
      const provider = new Control(fresh.controlURL ?? '')
      await provider.fault({ endpoint: 'discovery', status: 500, times: 1 })
      await other.goto(`${fresh.url}/users`)
      await expect(other.getByRole('heading', { name: 'The identity provider does not answer' })).toBeVisible()
      await expectAccessible(other, 'the provider does not answer')
      await provider.clearFaults()
      await provider.fault({ endpoint: 'discovery', body: 'raw', raw: '{"issuer":"https://other.example"}' })
      await expect(async () => {
        await other.goto(`${fresh.url}/users`)
        await expect(other.getByRole('heading', { name: 'The identity provider is not set up for this dashboard' })).toBeVisible({ timeout: 1000 })
      }).toPass()
      await expectAccessible(other, 'the provider is not set up')
    } finally {
      await fresh.stop()
    }
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
    // On a phone as well they take five minutes more. What above is opened on the site itself is looked at on both.
    test(of, { tag: process.env.E2E_WHOLE ? '@phone' : [] }, async ({ page }) => {
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

test('axe finds nothing on the banner after a change, and on what only stands there without JavaScript', { tag: ['@phone', '@control'] }, async ({ page, admin, troubles }) => {
  troubles.expectStatus(422)
  // axe does not run without JavaScript. So the page has none of ours, and is shown what it keeps for that.
  await page.route(/\.js$/, (route) => route.fulfill({ contentType: 'text/javascript', body: '' }))
  const expectAccessibleBare = async (what: string) => {
    await page.evaluate(() => { for (const el of document.querySelectorAll('noscript')) el.outerHTML = el.textContent ?? '' })
    await expectAccessible(page, `without JavaScript: ${what}`)
  }
  await signIn(page, admin, '/users?q=google@example.com')
  await statusSwitch(page, 'Gil Google').click()
  await confirmDeactivation(page)
  await expect(notice(page, /Deactivated\s+Gil Google/).first()).toBeVisible()
  await expectAccessibleBare('banner')
  await expect(page.getByRole('button', { name: 'Search' })).toBeVisible()
  await page.goto('/invite')
  await invite(page, 'some.body@example.com', 'short')
  await expect(page.getByText('Use at least 8 characters.')).toBeVisible()
  await expectAccessibleBare('invitation')
})

test('axe finds nothing on the sheet of shortcuts', async ({ page, admin }) => {
  await signIn(page, admin, '/activity')
  await page.keyboard.press('?')
  await expect(page.getByRole('dialog', { name: 'Keyboard shortcuts' })).toBeVisible()
  await expectAccessible(page, 'shortcuts')
})

test('each page has one main heading, a title of its own, and a language', { tag: ['@nojs', '@control', '@provider'] }, async ({ page, admin, control, elsewhere, troubles }) => {
  troubles.expectStatus(400, 403, 404, 405, 502)
  const titles = new Set<string>()
  const expectNamed = async (at: Page, what: string) => {
    await expect(at.getByRole('heading', { level: 1 }), what).toHaveCount(1)
    expect(await at.title(), what).toMatch(/ · Wallaroo User Admin$/)
    expect(titles, what).not.toContain(await at.title())
    titles.add(await at.title())
    expect(await at.evaluate(() => document.documentElement.lang), what).toBe('en')
  }
  const { id } = await control.user('google@example.com')
  await signIn(page, admin)
  for (const path of ['/users', `/users/${id}`, `/users/${id}/deactivate`, '/invite', '/activity', '/sessions', '/nothing-here', '/users/00000000-0000-4000-8000-000000000000', '/logout', '/callback?state=x']) {
    await page.goto(path)
    await expectNamed(page, path)
  }
  await control.fault({ endpoint: 'query-by-id', status: 500 })
  await page.goto(`/users/${id}`)
  await expectNamed(page, 'Wallaroo failed')
  await control.clearFaults()
  await page.goto('/invite')
  await control.endSessions(admin.id)
  troubles.expectStatus(401)
  await invite(page, unique('too.late'))
  await expectNamed(page, 'session ended')

  const outside = await elsewhere()
  await control.fault({ endpoint: 'auth', body: 'callback-error', raw: 'access_denied', times: 1 })
  await outside.goto('/users')
  await expectNamed(outside, 'refused by the provider')
  await outside.goto('/signed-out')
  await expectNamed(outside, 'signed out')
  await outside.goto('/users')
  await fillSignIn(outside, { email: 'user@example.com', password: 'demo' })
  await expectNamed(outside, 'not an administrator')
  expect(titles.size).toBe(15)
})
