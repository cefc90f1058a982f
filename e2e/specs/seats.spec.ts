import { invite, signIn, statusSwitch } from '../support/pages'
import { expect, ownDemo, test, unique } from '../support/test'

// The limit is a setting, so this takes a demo of its own.
test.describe('With a seat limit that is known', () => {
  const open = ownDemo('--seats=10')

  test('the list says that it is reached, and an invitation how to make room', { tag: ['@control', '@provider'] }, async ({ browser, troubles }) => {
    troubles.expectStatus(403)
    const { admin, page } = await open(browser, troubles)
    await signIn(page, admin, '/users?q=deactivated@example.com')
    const meter = page.getByRole('meter', { name: 'Licence seats used' })
    await expect(meter).toHaveAttribute('aria-valuemax', '10')
    await expect(meter).toHaveAttribute('aria-valuenow', '10')
    await statusSwitch(page, 'Dea Deactivated').click()
    await expect(page.getByText('Every licence seat is in use').first()).toBeVisible()
    await expect(page.getByText('All 10 seats are in use.').first()).toBeVisible()
    await page.goto('/invite')
    await invite(page, unique('no.seat'))
    const note = page.getByRole('alert').filter({ hasText: 'Nobody was invited.' })
    await expect(note).toContainText('Every licence seat is in use')
    await page.context().close()
  })
})
