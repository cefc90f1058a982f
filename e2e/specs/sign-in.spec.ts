import { startDemo } from '../support/demo'
import { fillSignIn, invite, openAccountMenu, sessionCookie, shownPassword, signIn, signInForm, signOut, usersTable } from '../support/pages'
import { expect, openOn, test, unique } from '../support/test'

test.describe('Signing in', () => {
  test('leads through the provider’s form to the users', { tag: ['@replicas', '@nojs', '@phone'] }, async ({ page, admin }) => {
    await page.goto('/')
    await expect(signInForm(page)).toBeVisible()
    await fillSignIn(page, admin)
    await expect(page).toHaveURL('/users')
    await expect(usersTable(page)).toBeVisible()
    await openAccountMenu(page)
    await expect(page.getByText(admin.email, { exact: true }).first()).toBeVisible()
  })

  test('tells a wrong password and lets one try again', { tag: '@nojs' }, async ({ page, admin, troubles }) => {
    troubles.expectStatus(401)
    await page.goto('/users')
    await fillSignIn(page, { ...admin, password: 'not it' })
    await expect(page.getByText('Invalid username or password.')).toBeVisible()
    await fillSignIn(page, admin)
    await expect(page).toHaveURL('/users')
  })

  test('S40 tells a plain user that they are no administrator, and calls no API', { tag: ['@nojs', '@control', '@provider'] }, async ({ page, control, troubles }) => {
    troubles.expectStatus(403)
    await page.goto('/users')
    await fillSignIn(page, { email: 'user@example.com', password: 'demo' })
    await expect(page.getByRole('heading', { level: 1, name: 'You are not an administrator here' })).toBeVisible()
    await expect(page.getByText('Uma User')).toBeVisible()
    await expect(page.getByRole('navigation')).toHaveCount(0)
    expect(await control.requests('query')).toEqual([])
    await page.goto('/activity')
    await expect(page.getByRole('table')).toHaveCount(0)
  })

  test('somebody who is no administrator can use another account instead', { tag: ['@nojs', '@provider'] }, async ({ page, admin, troubles }) => {
    troubles.expectStatus(403)
    await page.goto('/users')
    await fillSignIn(page, { email: 'user@example.com', password: 'demo' })
    await page.getByRole('button', { name: 'Use another account' }).or(page.getByRole('link', { name: 'Use another account' })).click()
    await expect(signInForm(page)).toBeVisible()
    await fillSignIn(page, admin)
    await expect(usersTable(page)).toBeVisible()
  })

  test('comes back to the page first asked for, with its query', { tag: '@nojs' }, async ({ page, admin }) => {
    await signIn(page, admin, '/users?q=deactivated&status=inactive')
    await expect(page.getByRole('searchbox')).toHaveValue('deactivated')
    await expect(page.getByRole('link', { name: /^Deactivated/ })).toHaveAttribute('aria-current', 'page')
  })

  test('a long address asked for while signed out leads to its page', { tag: ['@replicas', '@nojs'] }, async ({ page, admin }) => {
    await page.goto(`/users?q=${encodeURIComponent('ж'.repeat(470))}`)
    await fillSignIn(page, admin)
    await expect(page).toHaveURL(/\/users$/)
    await expect(usersTable(page)).toBeVisible()
  })

  test('S10 can begin in several tabs at once, and each finishes on its own page', { tag: ['@replicas', '@nojs'] }, async ({ page, context, admin }) => {
    const second = await context.newPage()
    const third = await context.newPage()
    await page.goto('/users')
    await second.goto('/activity')
    await third.goto('/invite')
    await fillSignIn(third, admin)
    await expect(third).toHaveURL('/invite')
    await fillSignIn(page, admin)
    await expect(page).toHaveURL('/users')
    await fillSignIn(second, admin)
    await expect(second).toHaveURL('/activity')
    await expect(second.getByRole('heading', { level: 1, name: 'Activity' })).toBeVisible()
    await third.reload()
    await expect(third.getByRole('heading', { level: 1, name: /^Invite to/ })).toBeVisible()
  })

  test('S52 S53 never comes back to another site, nor to signing out', async ({ page, admin, baseURL }) => {
    await page.goto('/login?return_to=https://evil.example/')
    await fillSignIn(page, admin)
    await expect(page).toHaveURL('/users')
    for (const path of ['//evil.example/', '/\\evil.example/', '/%09/evil.example', '/..//evil.example', '/logout', '/login', '/callback?code=1']) {
      await page.goto(`/login?return_to=${encodeURIComponent(path)}`)
      expect(new URL(page.url()).origin, path).toBe(baseURL)
      await expect(page.getByRole('navigation', { name: 'Main' }), path).toBeVisible()
    }
  })

  test('somebody who was invited sets a password of their own at the first sign-in', { tag: ['@nojs', '@control', '@provider'] }, async ({ page, elsewhere, admin, control, troubles }) => {
    troubles.expectStatus(403, 422)
    const email = unique('first.time')
    await signIn(page, admin, '/invite')
    await invite(page, email)
    const password = await shownPassword(page)

    const theirs = await elsewhere()
    await theirs.goto('/users')
    await fillSignIn(theirs, { email, password })
    await expect(theirs.getByRole('heading', { name: 'Set a new password' })).toBeVisible()
    await theirs.getByLabel('New password').fill('of my own')
    await theirs.getByLabel('Confirm password').fill('of my owm')
    await theirs.getByRole('button', { name: 'Set password' }).click()
    await expect(theirs.getByText('Passwords don\'t match.')).toBeVisible()
    await theirs.getByLabel('New password').fill('of my own')
    await theirs.getByLabel('Confirm password').fill('of my own')
    await theirs.getByRole('button', { name: 'Set password' }).click()
    await expect(theirs.getByRole('heading', { level: 1, name: 'You are not an administrator here' })).toBeVisible()

    // With the role, they can sign in.
    await control.change(email, { admin: true })
    const later = await elsewhere()
    await signIn(later, { email, password: 'of my own', name: '', id: '' })
    await expect(usersTable(later)).toBeVisible()
  })

  test('a deactivated administrator is refused by the provider', { tag: ['@control', '@provider'] }, async ({ page, admin, control, troubles }) => {
    troubles.expectStatus(403)
    await control.change(admin.id, { enabled: false })
    await page.goto('/users')
    await fillSignIn(page, admin)
    await expect(page.getByText('Account is disabled, contact your administrator.')).toBeVisible()
  })

  test('a sign-in that the provider refuses gets a page with a way on', { tag: ['@nojs', '@control', '@provider'] }, async ({ page, admin, control, troubles }) => {
    troubles.expectStatus(400)
    await control.fault({ endpoint: 'auth', body: 'callback-error', raw: 'access_denied', times: 1 })
    await page.goto('/activity')
    await expect(page.getByRole('heading', { level: 1, name: 'The identity provider refused the sign-in' })).toBeVisible()
    await expect(page.getByText('You are not signed in.')).toBeVisible()
    await expect(page.getByText('Request ID')).toBeVisible()
    await page.getByRole('link', { name: 'Sign in again' }).click()
    await fillSignIn(page, admin)
    await expect(page.getByRole('navigation', { name: 'Main' })).toBeVisible()
  })

  test('S8 words put into a callback by a stranger are not shown', async ({ page, troubles }) => {
    troubles.expectStatus(400)
    await page.goto('/callback?error=access_denied&error_description=Call+555-0100+now&state=made-up')
    await expect(page.getByRole('heading', { level: 1, name: 'The sign-in did not work' })).toBeVisible()
    await expect(page.getByText('555-0100')).toHaveCount(0)
    await expect(page.getByRole('link', { name: 'Sign in again' })).toBeVisible()
  })

  test('S7 a callback that is played again makes no session', { tag: '@replicas' }, async ({ page, admin, context, troubles }) => {
    troubles.expectStatus(400)
    const callbacks: string[] = []
    page.on('request', (r) => { if (new URL(r.url()).pathname.endsWith('/callback') && r.url().includes('code=')) callbacks.push(r.url()) })
    await signIn(page, admin, '/activity') // which asks for nothing more behind
    expect(callbacks).toHaveLength(1)
    expect(page.url()).not.toContain('code=')
    await context.clearCookies({ name: /wallaroo-\w+-session$/ })
    await page.goto(callbacks[0] ?? '')
    await expect(page.getByRole('heading', { level: 1, name: 'The sign-in did not work' })).toBeVisible()
  })

  test('S4 a callback of one browser does not sign in another', { tag: '@provider' }, async ({ page, admin, request, troubles }) => {
    troubles.expectStatus(400)
    // Another browser, here a plain HTTP client, does all steps except the last.
    const form = await request.get('/users')
    const id = /name="id" value="([^"]+)"/.exec(await form.text())?.[1] ?? ''
    const signedIn = await request.post(form.url().replace(/\?.*/, ''), { form: { id, username: admin.email, password: admin.password }, maxRedirects: 0 })
    const finished = await request.get(signedIn.headers().location ?? '', { maxRedirects: 0 })
    const callback = finished.headers().location ?? ''
    expect(callback).toContain('/callback?')

    await page.goto(callback)
    await expect(page.getByRole('heading', { level: 1, name: 'The sign-in did not work' })).toBeVisible()
    await page.goto('/users')
    await expect(signInForm(page)).toBeVisible() // has a sign-in of its own pending now
    await page.goto(callback)
    await expect(page.getByRole('heading', { level: 1, name: 'The sign-in did not work' })).toBeVisible()
    await page.goto('/users')
    await expect(signInForm(page)).toBeVisible()
  })

  for (const endpoint of ['discovery', 'token', 'certs']) {
    test(`S22 a provider whose ${endpoint} fails gets a page for people, and the next attempt works`, { tag: ['@control', '@provider'] }, async ({ browser, troubles }) => {
      troubles.expectStatus(400, 502, 503)
      // Discovery and keys are kept once they were read, so this takes a demo that has not seen them.
      const fresh = await startDemo()
      try {
        const { control, admin, page } = await openOn(fresh, browser, troubles)
        await control.fault({ endpoint, status: 500 })
        await page.goto('/users')
        if (endpoint !== 'discovery') await fillSignIn(page, admin)
        await expect(page.getByRole('heading', { level: 1 })).toHaveText(/identity provider/)
        await expect(page.getByText('unknown_error')).toHaveCount(0)
        await control.clearFaults()
        await page.goto('/users')
        if (await signInForm(page).isVisible()) await fillSignIn(page, admin)
        await expect(usersTable(page)).toBeVisible()
        await page.context().close()
      } finally {
        await fresh.stop()
      }
    })
  }
})

test.describe('Signing out', () => {
  test('S48 ends the provider’s session: the next sign-in asks for the password', { tag: ['@nojs', '@phone'] }, async ({ page, admin }) => {
    await signIn(page, admin)
    await signOut(page)
    await expect(page.getByText('Your session here and at the identity provider has ended.')).toBeVisible()
    await page.getByRole('link', { name: 'Sign in again' }).click()
    await expect(signInForm(page)).toBeVisible()
    await fillSignIn(page, admin)
    await expect(usersTable(page)).toBeVisible()
  })

  test('S47 kills a copy of the cookie, too', { tag: '@replicas' }, async ({ page, context, admin, elsewhere }) => {
    await signIn(page, admin)
    const copied = await sessionCookie(context)
    const thief = await elsewhere()
    await thief.context().addCookies([copied])
    await thief.goto('/users')
    await expect(usersTable(thief)).toBeVisible() // the copy works while the session lives
    await signOut(page)
    await thief.goto('/users')
    await expect(signInForm(thief)).toBeVisible()
  })

  test('works when the provider is out of reach, and says that its session may go on', { tag: ['@control', '@provider'] }, async ({ page, admin, troubles }) => {
    // The provider's own page can't be reached from the browser; ours is signed out all the same.
    await signIn(page, admin)
    await page.route((url) => url.pathname.endsWith('/protocol/openid-connect/logout'), (route) => route.abort())
    troubles.expect(/ERR_FAILED/)
    await openAccountMenu(page)
    await page.getByRole('button', { name: 'Sign out' }).click()
    await expect(page.getByText('You are signed out here.').or(page.getByText('ERR_FAILED'))).toBeVisible()
  })

  test('S49 a back-channel logout from the provider ends the session', { tag: ['@replicas', '@control', '@provider', '@nojs'] }, async ({ page, admin, control }) => {
    await signIn(page, admin, '/invite') // which asks for nothing more behind: that would lead to the form by itself
    const { notices } = await control.endSessions(admin.id)
    expect(notices.map((n) => n.status)).toEqual([200])
    await page.getByRole('link', { name: 'Activity', exact: true }).click()
    await expect(signInForm(page)).toBeVisible()
    await fillSignIn(page, admin)
    await expect(page).toHaveURL('/activity')
  })

  test('S49 leaves the sessions of others alone', { tag: ['@control', '@provider'] }, async ({ page, admin, control, elsewhere }) => {
    await signIn(page, admin)
    const other = await elsewhere()
    await signIn(other, { email: 'second.admin@example.com', password: 'demo', name: 'Sven Second', id: '' }, '/invite')
    await control.endSessions((await control.user('second.admin@example.com')).id)
    await page.goto('/activity')
    await expect(page.getByRole('heading', { level: 1, name: 'Activity' })).toBeVisible()
    await other.goto('/activity')
    await expect(signInForm(other)).toBeVisible()
  })

  test('S44 opening the address of the sign-out signs nobody out', async ({ page, admin, troubles }) => {
    troubles.expectStatus(405)
    await signIn(page, admin)
    await page.goto('/logout')
    await expect(page.getByRole('heading', { level: 1, name: 'This page can’t be used in this way' })).toBeVisible()
    await page.goto('/users')
    await expect(usersTable(page)).toBeVisible()
  })
})
