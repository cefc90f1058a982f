import { signIn, usersTable } from '../support/pages'
import { expect, ownDemo, test } from '../support/test'

// Only with thousands of accounts do numbers look different, and only with a limit is there a meter.
test.describe('For a reader in Germany', () => {
  test.use({ locale: 'de-DE', timezoneId: 'Europe/Berlin' })
  const open = ownDemo('--users=2345', '--seats=3456')

  test('numbers and times are as there, in sentences and in what is said as well', { tag: ['@control', '@provider'] }, async ({ browser, troubles }) => {
    const { control, admin, page } = await open(browser, troubles)
    const german = (n: number) => n.toLocaleString('de-DE')
    const { users, active } = await control.counts()
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
