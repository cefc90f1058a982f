// The realm with "Revoke Refresh Token" on, where a refresh token that is used twice ends the session, and with access
// tokens of six seconds, so that much is renewed.
import { signInForm, usersTable } from '../support/pages'
import { KeycloakAdmin } from './admin.mjs'
import { expect, signIn, test } from './test'

// One worker: two that set up the same client at once are refused by Keycloak.
test.describe.configure({ mode: 'default' })

test.beforeAll(async () => {
  const keycloak = new KeycloakAdmin()
  await keycloak.setRealm({ revokeRefreshToken: true, refreshTokenMaxReuse: 0 })
  await keycloak.setTokenLife(6)
})

test('S36 requests at the same time share one renewal', async ({ page, keycloak, admin }) => {
  await signIn(page, admin)
  for (let round = 0; round < 3; round++) {
    await page.waitForTimeout(7_000) // for the token to end
    const answers = await Promise.all(Array.from({ length: 12 }, () => page.request.get('/users', { maxRedirects: 0 })))
    expect(answers.map((a) => a.status()), `round ${round + 1}`).toEqual(Array(12).fill(200))
    expect((await keycloak.events(admin, 'REFRESH_TOKEN')).length, `renewals after round ${round + 1}`).toBe(round + 1)
  }
  expect(await keycloak.refusedRenewals(admin)).toEqual([])
  await page.goto('/users')
  await expect(usersTable(page)).toBeVisible()
})

test('S37 a deactivated administrator is out when their token ends, and can’t come back in', async ({ page, keycloak, admin }) => {
  await signIn(page, admin)
  await keycloak.setEnabled(admin, false)
  await page.waitForTimeout(7_000) // running sessions go on until their tokens end
  await page.goto('/users')
  await expect(signInForm(page)).toBeVisible()
  expect(await keycloak.refusedRenewals(admin)).toHaveLength(1)

  await page.getByLabel('Username or email').fill(admin.email)
  await page.getByLabel('Password', { exact: true }).fill(admin.password)
  await page.getByRole('button', { name: /^sign in$/i }).click()
  await expect(page.getByText('Account is disabled')).toBeVisible()

  await keycloak.setEnabled(admin, true)
  await signIn(page, admin)
  await expect(usersTable(page)).toBeVisible()
})
