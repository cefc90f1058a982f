import { Control } from '../support/control'
import { startDemo, type Instance } from '../support/demo'
import { invite, signIn, statusSwitch } from '../support/pages'
import { contextOf, expect, newAdmin, test, unique } from '../support/test'

// The limit is a setting, so this takes a demo of its own.
test.describe('With a seat limit that is known', () => {
  let demo: Instance
  test.beforeAll(async () => { demo = await startDemo('--seats=10') })
  test.afterAll(async () => { await demo.stop() })

  test('the list says that it is reached, and an invitation how to make room', { tag: ['@control', '@provider'] }, async ({ browser, troubles }) => {
    troubles.expectStatus(403)
    const control = new Control(demo.controlURL ?? '')
    const admin = await newAdmin(control)
    const page = await (await contextOf(browser, demo, troubles)).newPage()
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
