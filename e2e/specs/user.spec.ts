import { expectNoSidewaysScroll, fact, notice, row, signIn, usersTable } from '../support/pages'
import { expect, test } from '../support/test'

test.describe('The page of an account', () => {
  test('has everything that both answers of the API carry', { tag: ['@nojs', '@phone', '@control'] }, async ({ page, admin, control }) => {
    const gil = await control.user('google@example.com')
    await signIn(page, admin, '/users?q=google@example.com')
    await page.getByRole('link', { name: 'Gil Google' }).first().click()
    await expect(page).toHaveURL(`/users/${gil.id}`)
    await expect(page.getByRole('heading', { level: 1, name: 'Gil Google' })).toBeVisible()
    await expect(await fact(page, 'Username')).toContainText('google@example.com')
    await expect(await fact(page, 'Email')).toContainText(/google@example\.com\s*Verified/)
    await expect(await fact(page, 'First name')).toHaveText('Gil')
    await expect(await fact(page, 'Last name')).toHaveText('Google')
    await expect(await fact(page, 'Status')).toHaveText('Active')
    await expect(await fact(page, 'Signs in with')).toHaveText(/Google\s+as\s+google@example\.com/)
    await expect(await fact(page, 'Required actions')).toHaveText('None')
    await expect(await fact(page, 'User ID')).toContainText(gil.id)
    await expect((await fact(page, 'Created')).getByRole('time')).toHaveAttribute('datetime', new Date(Math.floor(gil.createdTimestamp / 1000) * 1000).toISOString().replace('.000', ''))
    await expect((await fact(page, 'Last sign-in')).getByRole('time')).toHaveAttribute('datetime', new Date(Math.floor(gil.lastLogin / 1000) * 1000).toISOString().replace('.000', ''))
    const may = page.getByRole('region', { name: 'What you may do' })
    for (const flag of ['View', 'Manage', 'Map roles', 'Impersonate', 'Manage group membership']) {
      await expect(may.getByRole('listitem').filter({ hasText: new RegExp(`^${flag}\\s*: allowed`) }), flag).toBeVisible()
    }
    await expectNoSidewaysScroll(page)
  })

  test('says what an administrator has: roles, and that it is oneself', { tag: ['@nojs', '@control'] }, async ({ page, admin }) => {
    await signIn(page, admin, `/users/${admin.id}`)
    await expect(await fact(page, 'Realm roles')).toHaveText('admin')
    await expect(page.getByText('You', { exact: true })).toBeVisible()
    await expect(page.getByText('This is your own account. Another administrator can deactivate it.').filter({ visible: true })).toBeVisible()
  })

  test('puts required actions into words and leaves unknown ones as they are', { tag: '@control' }, async ({ page, admin, control }) => {
    await signIn(page, admin)
    const words: [string, string[]][] = [
      ['update.password@example.com', ['Set a new password']], ['verify.email@example.com', ['Verify email']],
      ['configure.totp@example.com', ['Set up an authenticator app']], ['update.profile@example.com', ['Update profile']],
      ['terms@example.com', ['Accept the terms']], ['passkey@example.com', ['Register a passkey', 'Set up recovery codes']],
      ['unknown.action@example.com', ['SIGN_IN_BLOOD', 'Set a new password']],
    ]
    for (const [email, actions] of words) {
      await page.goto(`/users/${(await control.user(email)).id}`)
      await expect((await fact(page, 'Required actions')).getByRole('listitem'), email).toHaveText(actions)
    }
  })

  test('names several identities elsewhere, markup and all', { tag: '@control' }, async ({ page, admin, control }) => {
    await signIn(page, admin, `/users/${(await control.user('two.links@example.com')).id}`)
    await expect((await fact(page, 'Signs in with')).getByRole('listitem')).toHaveText([/Google\s+as\s+two\.links@example\.com/, /GitHub\s+as\s+tove-<b>twolinks<\/b>/])
  })

  test('says unknown where the API says nothing', { tag: '@control' }, async ({ page, admin, control }) => {
    await signIn(page, admin, `/users/${(await control.user('bare@example.com')).id}`)
    await expect(await fact(page, 'Last sign-in')).toHaveText('Unknown')
    await expect(page.getByRole('region', { name: 'Activity' })).toContainText('Nothing was done to this account through this dashboard.')
    await expect(await fact(page, 'Created')).toContainText('Not known')
    await expect(await fact(page, 'First name')).toContainText('None')
    await expect(page.getByRole('heading', { level: 1, name: 'bare@example.com' })).toBeVisible()
    await page.goto(`/users/${(await control.user('never@example.com')).id}`)
    await expect(await fact(page, 'Last sign-in')).toHaveText('Never')
  })

  const troubles: [kind: string, login: string, title: RegExp, repair: RegExp][] = [
    ['no email', 'nora', /Nora\s+has no email address, so Wallaroo will not open/, /Set Email to the person’s address, and Username to the same/],
    ['a malformed email', 'mallory(at)example.com', /The email of\s+Mallory\s+is not valid/, /Set Email to the person’s address/],
    ['a username unlike the email', 'dora.other@example.com', /Dora\s+can sign in, but Wallaroo will not open/, /Set Username to\s+differs@example\.com/],
    ['an unconfirmed email', 'unconfirmed@example.com', /The email of\s+Una\s+is not verified/, /Turn on Email verified/],
    ['a shared email', 'sasha', /Another account has the email of\s+Sasha|Sasha\s+can sign in, but Wallaroo will not open/, /Decide which of the accounts keeps the address/],
  ]
  for (const [kind, login, title, repair] of troubles) {
    test(`explains the cause of ${kind} and its repair, as the vendor’s troubleshooting page has it`, { tag: kind === 'no email' ? ['@nojs', '@control'] : '@control' }, async ({ page, admin, control }) => {
      await signIn(page, admin, `/users/${(await control.user(login)).id}`)
      const diagnosis = page.getByRole('region', { name: title })
      await expect(diagnosis).toBeVisible()
      await expect(diagnosis.getByRole('listitem').filter({ hasText: repair })).toBeVisible()
      await diagnosis.getByText(/^What .+ (sees now|may see)$/).click()
      await expect(diagnosis.getByText('cannot proceed to insert array relations since insert to table "workspace" affects zero rows')).toBeVisible()
      await expect(diagnosis.getByText('Page not found')).toBeVisible()
      await expect(diagnosis.getByRole('link', { name: 'Open this account in Keycloak' })).toHaveAttribute('href', /\/auth\/admin\/.*\/users\//)
    })
  }

  test('marks and names the characters by which a username and an email differ', { tag: ['@nojs', '@phone', '@control'] }, async ({ page, admin, control }) => {
    const lookalikes: [username: string, email: string, marked: string[], words: RegExp[]][] = [
      ['lоok.alike@example.com', 'look.alike@example.com', ['о', 'o'], [/In the username: Cyrillic о \(U\+043E\)/]],
      ['jos\u00e9@example.com', 'jose\u0301@example.com', ['\u00e9', 'e\u0301'], [/In the username: \u00e9 \(U\+00E9\)/, /In the email: combining acute accent \(U\+0301\)/]],
      ['blank@example.com ', 'blank@example.com', ['␣'], [/In the username: space \(U\+0020\) at the end/]],
      ['ze\u200bro@example.com', 'zero@example.com', ['U+200B'], [/In the username: zero width space \(U\+200B\)/]],
      ['ends.in@example.org', 'ends.in@example.com', ['org', 'com'], []],
    ]
    await signIn(page, admin)
    for (const [username, email, marked, words] of lookalikes) {
      const { id } = await control.add({ username, email })
      await page.goto(`/users/${id}`)
      const differs = page.getByRole('listitem').filter({ hasText: 'Username differs from the email' })
      await expect(differs.locator('mark'), email).toHaveText(marked)
      for (const said of words) await expect(differs, email).toContainText(said)
      if (words.length === 0) await expect(differs).not.toContainText('In the')
      await expectNoSidewaysScroll(page)
    }
    const { id } = await control.add({ username: 'trailing@example.com ', email: 'trailing@example.com ' })
    await page.goto(`/users/${id}`)
    const malformed = page.getByRole('listitem').filter({ hasText: 'The email address is not valid' })
    await expect(malformed.locator('mark')).toHaveText('␣')
    await expect(malformed).toContainText('In it: space (U+0020) at the end')
  })

  test('names who shares an email', { tag: ['@nojs', '@control'] }, async ({ page, admin, control }) => {
    await signIn(page, admin, `/users/${(await control.user('sasha')).id}`)
    await page.getByRole('link', { name: 'Sam Shared' }).click()
    await expect(page.getByRole('heading', { level: 1, name: 'Sam Shared' })).toBeVisible()
  })

  test('excepts the built-in account from the checks', { tag: '@control' }, async ({ page, admin, control }) => {
    await signIn(page, admin, `/users/${(await control.user('admin')).id}`)
    await expect(page.getByRole('region', { name: 'Diagnosis' })).toContainText('The built-in account.')
  })

  test('is checked again after a repair elsewhere', { tag: ['@nojs', '@control'] }, async ({ page, admin, control }) => {
    const { id } = await control.user('dora.other@example.com')
    await signIn(page, admin, `/users/${id}`)
    await expect(page.getByRole('heading', { name: /Dora\s+can sign in, but/ })).toBeVisible()
    await control.change(id, { username: 'differs@example.com' })
    await page.getByRole('link', { name: 'Check again' }).click()
    await expect(page.getByRole('region', { name: 'Diagnosis' })).toContainText('No problems found.')
  })

  test('holds the raw JSON, unknown members too, behind a disclosure', { tag: ['@nojs', '@control'] }, async ({ page, admin, control }) => {
    const { id } = await control.user('extra.fields@example.com')
    await signIn(page, admin, `/users/${id}`)
    const raw = page.getByRole('region', { name: 'Raw answer' })
    await expect(raw).toBeHidden()
    await page.getByText('Raw answer from the users API').click()
    await expect(raw).toBeVisible()
    const { users } = await control.api<{ users: Record<string, unknown> }>('/v1/api/users/query', { user_ids: [id] })
    expect(JSON.parse(await raw.innerText())).toEqual(users[id])
    await expect(raw).toContainText('x-future')
  })

  test('copies the raw JSON and the id', { tag: '@control' }, async ({ page, context, admin, control }) => {
    await context.grantPermissions(['clipboard-read', 'clipboard-write'])
    const { id } = await control.user('extra.fields@example.com')
    await signIn(page, admin, `/users/${id}`)
    await page.getByRole('button', { name: 'Copy the user ID' }).click()
    await expect(notice(page, 'Copied')).toBeAttached()
    expect(await page.evaluate(() => navigator.clipboard.readText())).toBe(id)
    await page.getByText('Raw answer from the users API').click()
    await page.getByRole('button', { name: 'Copy', exact: true }).click()
    await expect.poll(async () => (await page.evaluate(() => navigator.clipboard.readText())).startsWith('{')).toBe(true)
  })

  test('links to the account in Keycloak', { tag: ['@control', '@provider'] }, async ({ page, admin, control }) => {
    const { id } = await control.user('google@example.com')
    await signIn(page, admin, `/users/${id}`)
    await expect(page.getByRole('link', { name: 'Open in Keycloak' })).toHaveAttribute('href', `${control.url}/auth/admin/master/console/#/master/users/${id}/settings`)
  })

  test('S57 shows markup in names as text', { tag: ['@nojs', '@control'] }, async ({ page, admin, control }) => {
    await signIn(page, admin, `/users/${(await control.user('script@example.com')).id}`)
    await expect(page.getByRole('heading', { level: 1, name: '<script>alert(1)</script> Script' })).toBeVisible()
    await page.goto(`/users/${(await control.user('hx@example.com')).id}`)
    await expect(page.getByRole('heading', { level: 1, name: '<b hx-get="/x" hx-trigger="load">Hex</b> {{.}} ${7*7}' })).toBeVisible()
  })

  for (const id of ['00000000-0000-4000-8000-000000000000', 'no-such-id', '%2e%2e%2fquery', 'a%00b', '%3Cscript%3E', 'x'.repeat(3000)]) {
    test(`S39 an unknown id is a page in words: ${id.slice(0, 40)}`, { tag: ['@control', ...(id === 'no-such-id' ? ['@nojs'] : []), ...(id.includes('%00') ? ['@direct'] : [])] }, async ({ page, admin, troubles }) => {
      troubles.expectStatus(400, 404)
      await signIn(page, admin)
      const answer = await page.goto(`/users/${id}`)
      expect([400, 404]).toContain(answer?.status())
      await expect(page.getByRole('heading', { level: 1, name: /^There is no such (user|page)$|^This request makes no sense$/ })).toBeVisible()
      await page.getByRole('link', { name: 'Go to users' }).click()
      await expect(usersTable(page)).toBeVisible()
    })
  }

  test('an account that vanished since the list was read is told', { tag: ['@nojs', '@control'] }, async ({ page, admin, control, troubles }) => {
    troubles.expectStatus(404)
    await signIn(page, admin, '/users?q=google@example.com')
    await control.remove('google@example.com')
    await page.getByRole('link', { name: 'Gil Google' }).first().click()
    await expect(page.getByRole('heading', { level: 1, name: 'There is no such user' })).toBeVisible()
    await page.goto('/users?fresh=1&q=google@example.com')
    await expect(row(page, 'google@example.com')).toHaveCount(0)
  })

  test('and is gone from the list that told of it', { tag: ['@control', '@oneserver'] }, async ({ page, admin, control, troubles }) => {
    troubles.expectStatus(404)
    await signIn(page, admin, '/users?q=google@example.com')
    await control.remove('google@example.com')
    await page.getByRole('link', { name: 'Gil Google' }).first().click()
    await expect(page.getByRole('heading', { level: 1, name: 'There is no such user' })).toBeVisible()
    await page.goto('/users?q=google@example.com')
    await expect(row(page, 'google@example.com')).toHaveCount(0)
  })
})

test.describe('Times', () => {
  test.use({ timezoneId: 'Asia/Tokyo', locale: 'en-GB' })

  test('are in the reader’s zone, with the exact value at hand', { tag: '@control' }, async ({ page, admin, control }) => {
    const gil = await control.user('google@example.com')
    await signIn(page, admin, `/users/${gil.id}`)
    const expected = new Intl.DateTimeFormat('en-GB', { dateStyle: 'medium', timeStyle: 'short', timeZone: 'Asia/Tokyo' }).format(gil.lastLogin)
    const time = (await fact(page, 'Last sign-in')).getByRole('time')
    await expect(time).toHaveText(expected)
    await time.hover() // it is written out for whoever points at it
    await expect(time).toHaveAttribute('title', /GMT\+9|JST|Japan/)
  })

  test('come in that zone from the server once it is known', { tag: '@control' }, async ({ page, admin, control }) => {
    const gil = await control.user('google@example.com')
    await signIn(page, admin)
    // The page tells its zone in an idle moment.
    await expect.poll(async () => (await page.context().cookies()).filter((c) => c.name.endsWith('-tz'))).toHaveLength(1)
    const html = await (await page.request.get(`/users/${gil.id}`)).text()
    expect(html).toMatch(/\d{1,2} \w{3} \d{4}, \d{2}:\d{2} JST/)
  })

  test('without a script are in UTC, and say so', { tag: ['@nojs', '@no-desktop', '@control'] }, async ({ page, admin, control }) => {
    const gil = await control.user('google@example.com')
    await signIn(page, admin, `/users/${gil.id}`)
    const d = new Date(gil.lastLogin)
    const expected = `${d.getUTCDate()} ${d.toLocaleString('en-US', { month: 'short', timeZone: 'UTC' })} ${d.getUTCFullYear()}, ${d.toISOString().slice(11, 16)} UTC`
    await expect((await fact(page, 'Last sign-in')).getByRole('time')).toHaveText(expected)
  })
})
