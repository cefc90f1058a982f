import { Control } from '../support/control'
import { startDemo, type Instance } from '../support/demo'
import { signIn, usersTable } from '../support/pages'
import { contextOf, expect, newAdmin, test } from '../support/test'

// Only with thousands of accounts do numbers look different, and only with a limit is there a meter.
test.describe('For a reader in Germany', () => {
  test.use({ locale: 'de-DE', timezoneId: 'Europe/Berlin' })
  let demo: Instance
  test.beforeAll(async () => { demo = await startDemo('--users=2345', '--seats=3456') })
  test.afterAll(async () => { await demo.stop() })

  test('numbers and times are as there, in sentences and in what is said as well', { tag: ['@control', '@provider'] }, async ({ browser, troubles }) => {
    const control = new Control(demo.controlURL ?? '')
    const admin = await newAdmin(control)
    const german = (n: number) => n.toLocaleString('de-DE')
    const { users, active } = await control.counts()
    const page = await (await contextOf(browser, demo, troubles)).newPage()
    await signIn(page, admin)
    await expect(page.getByText(`${german(users)} accounts on demo`)).toBeVisible()
    await expect(page.getByRole('navigation', { name: 'Pages of users' })).toContainText(`of ${german(users)}`)
    await expect(page.getByRole('navigation', { name: 'Filter by status' }).getByRole('link', { name: `Active ${german(active)}` })).toBeVisible()
    await expect(page.getByRole('meter', { name: 'Licence seats used' })).toHaveAttribute('aria-valuetext', `${german(active)} of 3.456 seats used, ${german(3456 - active)} free`)
    await expect(usersTable(page).locator('tbody .c-made').first()).toHaveText(/\d\d\.\d\d\.\d{4}/)
    await page.getByRole('searchbox').fill('example')
    await expect(page.locator('#said')).toHaveText(/^\s*2\.\d{3} users found\s*$/)
    await page.goto('/invite')
    await expect(page.getByText(`Each active account uses a seat. ${german(3456 - active)} are free.`)).toBeVisible()
    await page.context().close()
  })
})
