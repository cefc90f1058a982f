// The realm with Keycloak's own defaults: access tokens live for 60 seconds, refresh tokens may be used again.
import { fillSignIn, openAccountMenu, signInForm, signOut, usersTable } from '../support/pages'
import { clientID } from './admin.mjs'
import { expect, signIn, test } from './test'

// First, since it takes longest.
test('S35 a session works on over several tokens of 60 seconds', async ({ page, keycloak, admin }) => {
  test.setTimeout(4 * 60_000)
  await signIn(page, admin)
  const began = Date.now()
  // A request every few seconds, over three tokens: each is renewed ten seconds before its end.
  while (Date.now() - began < 125_000) {
    await page.waitForTimeout(5_000)
    await page.goto('/users')
    await expect(usersTable(page)).toBeVisible()
  }
  const renewed = (await keycloak.events(admin, 'REFRESH_TOKEN')).length
  expect(renewed, 'renewals of tokens that live for 60 seconds').toBeGreaterThanOrEqual(2)
  expect(renewed, 'renewals of tokens that live for 60 seconds').toBeLessThanOrEqual(3)
  expect(await keycloak.events(admin, 'LOGIN')).toHaveLength(1)
})

test('an administrator signs in through Keycloak’s form and sees the users', async ({ page, admin }) => {
  await page.goto('/')
  await expect(page).toHaveURL(/\/auth\/realms\/master\//)
  await fillSignIn(page, admin)
  await expect(page).toHaveURL('/users')
  await expect(usersTable(page)).toBeVisible()
  await openAccountMenu(page)
  await expect(page.getByText(admin.email, { exact: true }).first()).toBeVisible()
})

test('a sign-in comes back to the page first asked for', async ({ page, admin }) => {
  await signIn(page, admin, '/users?status=inactive')
  await expect(usersTable(page)).toBeVisible()
})

test('the client has what Wallaroo’s own client has', async ({ keycloak, admin }) => {
  const token = await keycloak.ask('GET', `/clients/${await keycloak.client(clientID)}/evaluate-scopes/generate-example-access-token?scope=openid&userId=${admin.id}`)
  expect(token.realm_access.roles).toContain('admin')
  expect(token['https://hasura.io/jwt/claims']).toEqual({ 'x-hasura-default-role': 'admin_user' })
  expect(token.scope.split(' ')).toContain('wallaroo')
})

test('S1 Keycloak insists on PKCE S256 and on the exact redirect URI', async ({ request, keycloak, baseURL }) => {
  const ask = (parameters: Record<string, string>) => request.get(`${keycloak.realm}/protocol/openid-connect/auth`, {
    maxRedirects: 0, params: { client_id: clientID, response_type: 'code', scope: 'openid', redirect_uri: `${baseURL}/callback`, ...parameters },
  })
  const challenge = 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM'
  expect((await ask({ code_challenge: challenge, code_challenge_method: 'S256' })).status()).toBe(200)
  const without = await ask({})
  expect(without.headers().location).toContain('error=invalid_request')
  expect((await ask({ redirect_uri: `${baseURL}/callback/more`, code_challenge: challenge, code_challenge_method: 'S256' })).status()).toBe(400)
})

test('S5 Keycloak names itself in the callback, and one without that is refused', async ({ request, keycloak, admin }) => {
  const discovery = await (await request.get(`${keycloak.realm}/.well-known/openid-configuration`)).json()
  expect(discovery.authorization_response_iss_parameter_supported).toBe(true)

  // The browser's part by hand, up to the callback that Keycloak sends it to.
  const callback = async () => {
    const begun = await request.get('/login', { maxRedirects: 0 })
    const asked = await request.get(begun.headers().location ?? '', { maxRedirects: 0 })
    if (asked.status() === 302) return new URL(asked.headers().location ?? '')
    const action = /<form[^>]* action="([^"]+)"/.exec(await asked.text())?.[1]?.replaceAll('&amp;', '&') ?? ''
    const answered = await request.post(action, { maxRedirects: 0, form: { username: admin.email, password: admin.password } })
    return new URL(answered.headers().location ?? '')
  }
  const stripped = await callback()
  expect(stripped.searchParams.get('iss')).toBe(keycloak.realm)
  stripped.searchParams.delete('iss')
  expect((await request.get(stripped.href, { maxRedirects: 0 })).status()).toBe(400)
  expect((await request.get('/users', { maxRedirects: 0 })).status()).toBe(303)

  const whole = await callback()
  expect((await request.get(whole.href, { maxRedirects: 0 })).headers().location).toBe('/')
  expect((await request.get('/users', { maxRedirects: 0 })).status()).toBe(200)
})

test('somebody without the role is told that they are no administrator', async ({ page, keycloak, troubles }) => {
  troubles.expectStatus(403)
  const plain = await keycloak.add('paul.plain', { administrator: false })
  await page.goto('/users')
  await fillSignIn(page, plain)
  await expect(page.getByRole('heading', { level: 1, name: 'You are not an administrator here' })).toBeVisible()
  await page.goto('/users')
  await expect(usersTable(page)).toHaveCount(0)
})

test('S48 signing out ends Keycloak’s session: the next sign-in asks for the password', async ({ page, context, keycloak, admin }) => {
  await signIn(page, admin)

  // While Keycloak's session lives, Keycloak shows no form.
  await context.clearCookies({ name: /wallaroo-/ })
  await page.goto('/users')
  await expect(usersTable(page)).toBeVisible()

  await signOut(page)
  await expect(page).toHaveURL('/signed-out')
  expect(await keycloak.sessions(admin)).toEqual([])
  await page.goto('/users')
  await expect(signInForm(page)).toBeVisible()
  await fillSignIn(page, admin)
  await expect(usersTable(page)).toBeVisible()
})

test('S49 sessions that an administrator ends in Keycloak end here at once', async ({ page, browser, baseURL, keycloak, admin }) => {
  const other = await keycloak.add('otto.other', { administrator: true })
  const elsewhere = await (await browser.newContext({ baseURL })).newPage()
  await signIn(elsewhere, other)
  await signIn(page, admin)

  await keycloak.endSessions(admin)
  await page.goto('/users')
  await expect(signInForm(page)).toBeVisible()
  expect(await keycloak.refusedRenewals(admin), 'it was told, and did not find out by a refused renewal').toEqual([])

  await elsewhere.goto('/activity')
  await expect(elsewhere.getByRole('heading', { level: 1, name: 'Activity' })).toBeVisible()
  await elsewhere.context().close()
})
