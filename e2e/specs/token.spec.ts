import { startDemo } from '../support/demo'
import { confirmDeactivation, invite, listRead, notice, shownPassword, signIn, statusSwitch, usersTable } from '../support/pages'
import { expect, openOn, test, unique } from '../support/test'

test.describe('Access tokens that live for three seconds', () => {
  test('S35 S36 are renewed in time, one refresh each, and nothing fails on the way', { tag: ['@control', '@provider'] }, async ({ browser, troubles }) => {
    test.slow()
    const demo = await startDemo('--token-ttl=3s')
    try {
      const { control, admin, page } = await openOn(demo, browser, troubles)
      const { id } = await control.user('google@example.com')
      const failed: string[] = []
      page.on('response', (r) => { if (r.status() >= 400) failed.push(`${r.status()} ${r.url()}`) })
      await signIn(page, admin)

      const refreshes = async () => (await control.requests('token')).filter((r) => r.body?.grant_type === 'refresh_token')
      await expect.poll(async () => {
        // Several requests at once, each of which needs a live token.
        await Promise.all([page.request.get(`/users/${id}`), page.request.get('/users?fresh=1'), page.request.get(`/users/${id}`), page.goto(`/users/${id}`)])
        await expect(page.getByRole('heading', { level: 1, name: 'Gil Google' })).toBeVisible()
        return (await refreshes()).length
      }, { timeout: 60_000, intervals: [100] }).toBeGreaterThanOrEqual(4)

      // Every refresh was answered, none twice with the same token, and the API never saw an old token.
      expect((await refreshes()).map((r) => r.status)).not.toContain(400)
      expect((await control.requests('query')).filter((r) => r.status !== 200)).toEqual([])
      const tokens = new Set((await control.requests('query')).map((r) => r.token))
      expect(tokens.size).toBeLessThanOrEqual((await refreshes()).length + 1)

      // Changes still work.
      await statusSwitch(page, 'Gil Google').click()
      await confirmDeactivation(page)
      await expect(notice(page, 'Deactivated').first()).toBeVisible()
      await page.goto('/invite')
      await invite(page, unique('short.lived'))
      await shownPassword(page)
      await page.goto('/users')
      await expect(usersTable(page)).toBeVisible()
      expect(failed).toEqual([])
      await page.context().close()
    } finally {
      await demo.stop()
    }
  })

  test('S37 a provider that is down for a while ends no session', { tag: ['@nojs', '@control', '@provider'] }, async ({ page, admin, control, troubles }) => {
    troubles.expectStatus(503)
    const { id } = await control.user('google@example.com')
    await signIn(page, admin)
    await listRead(page)
    await control.fault({ endpoint: 'token', status: 500 })
    await control.fault({ endpoint: 'query-by-id', status: 401 }) // asks for a refresh
    await page.goto(`/users/${id}`)
    await expect(page.getByRole('heading', { level: 1, name: 'The identity provider does not answer' })).toBeVisible()
    await expect(page.getByText('Nothing was changed.')).toBeVisible()
    await control.clearFaults()
    await page.getByRole('link', { name: 'Try again' }).click()
    await expect(page.getByRole('heading', { level: 1, name: 'Gil Google' })).toBeVisible()
  })
})
