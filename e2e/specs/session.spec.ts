import { fillSignIn, listRead, row, sessionCookie, signIn, signInForm, statusSwitch, usersTable } from '../support/pages'
import { expect, test } from '../support/test'

test.describe('A session that has ended', () => {
  test('leads from a page to sign-in, and back to where one was', { tag: ['@nojs', '@control', '@provider'] }, async ({ page, admin, control }) => {
    const { id } = await control.user('google@example.com')
    await signIn(page, admin)
    await listRead(page)
    await control.endSessions(admin.id)
    await page.goto(`/users/${id}`)
    await expect(signInForm(page)).toBeVisible()
    await fillSignIn(page, admin)
    await expect(page).toHaveURL(`/users/${id}`)
    await expect(page.getByRole('heading', { level: 1, name: 'Gil Google' })).toBeVisible()
  })

  test('leads from a part of a page to sign-in as a whole page, and back', { tag: ['@control', '@provider'] }, async ({ page, admin, control, troubles }) => {
    troubles.expectStatus(401)
    await signIn(page, admin, '/users?q=example.com')
    await expect(usersTable(page).getByRole('row').last()).toContainText(/Password|Google/) // all that the page asks for has come
    await control.endSessions(admin.id)
    await page.getByRole('navigation', { name: 'Filter by status' }).getByRole('link', { name: /^Deactivated/ }).click()
    await expect(signInForm(page)).toBeVisible()
    await expect(usersTable(page)).toHaveCount(0)
    await fillSignIn(page, admin)
    await expect(page).toHaveURL('/users?q=example.com&status=inactive') // what was asked for at last
    await expect(usersTable(page)).toBeVisible()
  })

  test('leads from the deactivation dialog to sign-in, and changes nobody', { tag: ['@control', '@provider'] }, async ({ page, admin, control, troubles }) => {
    troubles.expectStatus(401)
    await signIn(page, admin, '/users?q=google@example.com')
    await expect(row(page, 'google@example.com').getByRole('cell', { name: 'Google', exact: true })).toBeVisible() // as above
    await statusSwitch(page, 'Gil Google').click()
    await expect(page.getByRole('dialog')).toBeVisible()
    await control.endSessions(admin.id)
    await page.getByRole('button', { name: 'Deactivate', exact: true }).click()
    await expect(signInForm(page)).toBeVisible()
    await fillSignIn(page, admin)
    await expect(row(page, 'google@example.com')).toBeVisible()
    expect((await control.user('google@example.com')).enabled).toBe(true)
    expect(await control.requests('deactivate')).toEqual([])
  })

  test('says what became of a form that came too late', { tag: ['@replicas', '@nojs', '@control', '@provider'] }, async ({ page, admin, control, troubles }) => {
    troubles.expectStatus(401)
    await signIn(page, admin, '/invite')
    await page.getByLabel('Email', { exact: true }).fill('too.late@example.com')
    await control.endSessions(admin.id)
    await page.getByRole('button', { name: 'Send invitation' }).click()
    await expect(page.getByRole('heading', { level: 1, name: 'Your session has ended' })).toBeVisible()
    await expect(page.getByText('Nothing was changed.')).toBeVisible()
    expect(await control.requests('invite')).toEqual([])
    await page.getByRole('link', { name: 'Sign in and continue' }).click()
    await fillSignIn(page, admin)
    await expect(page).toHaveURL('/invite')
  })

  test('S24 S37 leads to sign-in when the API refuses the token and no other can be had', { tag: ['@control', '@provider'] }, async ({ page, admin, control }) => {
    const { id } = await control.user('google@example.com')
    await signIn(page, admin)
    await listRead(page)
    await control.revoke(admin.id)
    // Twice, since a list first follows what others changed a moment ago, and that is a call by id as well.
    await control.fault({ endpoint: 'query-by-id', status: 401, times: 2 })
    const before = (await control.requests('token')).length
    await page.goto(`/users/${id}`)
    // The provider's session lives on, so the sign-in needs no form, but the dashboard's session is a new one.
    await expect(page.getByRole('heading', { level: 1, name: 'Gil Google' })).toBeVisible()
    const asked = (await control.requests('token')).slice(before).map((r) => r.body?.grant_type)
    expect(asked[0]).toBe('refresh_token')
    expect(asked.filter((grant) => grant === 'authorization_code')).toHaveLength(1)
  })

  test('S24 a single 401 of the API is answered with one refresh, unseen', { tag: ['@replicas', '@nojs', '@control', '@provider'] }, async ({ page, admin, control }) => {
    const { id } = await control.user('google@example.com')
    await signIn(page, admin)
    await listRead(page)
    await control.fault({ endpoint: 'query-by-id', status: 401, times: 1 })
    await page.goto(`/users/${id}`)
    await expect(page.getByRole('heading', { level: 1, name: 'Gil Google' })).toBeVisible()
    const refreshes = (await control.requests('token')).filter((r) => r.body?.grant_type === 'refresh_token')
    expect(refreshes).toHaveLength(1)
  })

  test('S24 an API that refuses every token ends on a page, not in a loop', { tag: ['@nojs', '@control', '@provider'] }, async ({ page, admin, control, troubles }) => {
    troubles.expectStatus(401, 403)
    const { id } = await control.user('google@example.com')
    await signIn(page, admin)
    await listRead(page)
    await control.fault({ endpoint: 'query', status: 401 })
    await page.goto(`/users/${id}`)
    await expect(page.getByRole('heading', { level: 1, name: 'Wallaroo refuses this sign-in' })).toBeVisible()
    expect((await control.requests('token')).length).toBeLessThan(8)
  })

  test('S40 a role that was lost shows after the next refresh', { tag: ['@nojs', '@control', '@provider'] }, async ({ page, admin, control, troubles }) => {
    troubles.expectStatus(403)
    const { id } = await control.user('google@example.com')
    await signIn(page, admin)
    await listRead(page)
    await control.change(admin.id, { admin: false })
    await control.fault({ endpoint: 'query', status: 401, times: 1 }) // asks for a refresh
    await page.goto(`/users/${id}`)
    await expect(page.getByRole('heading', { level: 1, name: 'You are not an administrator here' })).toBeVisible()
  })

  test('S25 signing in gives a new session id, whatever the cookie was, and ends the old session', { tag: '@provider' }, async ({ page, context, admin, request }) => {
    await signIn(page, admin)
    const first = await sessionCookie(context)
    await page.goto('/login')
    await expect(usersTable(page)).toBeVisible()
    const second = await sessionCookie(context)
    expect(second.value).not.toBe(first.value)
    const answer = await request.get('/users', { headers: { Cookie: `${first.name}=${first.value}` }, maxRedirects: 0 })
    expect(answer.status()).toBe(303)

    await context.clearCookies()
    await context.addCookies([{ ...first, value: 'planted-by-somebody-else' }])
    await signIn(page, admin)
    expect((await sessionCookie(context)).value).not.toBe('planted-by-somebody-else')
  })
})
