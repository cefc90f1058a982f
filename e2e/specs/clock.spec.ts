import type { Page } from '@playwright/test'
import { signIn } from '../support/pages'
import { expect, test } from '../support/test'

const read = (page: Page) => page.locator('footer.foot time')
const hours = (n: number) => n * 3_600_000

test.describe('How long ago the list was read', () => {
  for (const [what, ahead] of [['two hours ahead', hours(2)], ['two days behind', -hours(48)]] as const) {
    test(`is counted from the arrival of the page by a clock ${what}`, { tag: '@control' }, async ({ page, admin, control }) => {
      await signIn(page, admin)
      await page.clock.install({ time: Date.now() + ahead })
      await page.goto('/users')
      await expect(page.locator('.c-made time').first()).toHaveText(/\w+ \d+, \d{4}/) // the script has had its turn
      await expect(read(page)).toHaveText(/^\d+ s ago$/)
      await page.waitForLoadState('networkidle') // or a request under way would run out of time
      await page.clock.runFor(125_000)
      await expect(read(page)).toHaveText(/^[23] minutes ago$/)

      // A part that comes in later brings the server's time anew.
      await control.change('google@example.com', { firstName: 'Renamed' })
      await page.getByRole('link', { name: 'Refresh' }).click()
      await expect(read(page)).toHaveText(/^\d+ s ago$/)
      await page.waitForLoadState('networkidle')
      await page.clock.runFor(185_000)
      await expect(read(page)).toHaveText(/^[34] minutes ago$/)
    })
  }

  test('goes on over the sleep of the computer, and over a clock that is put right', async ({ page, admin }) => {
    await signIn(page, admin)
    await page.clock.install({ time: Date.now() + hours(2) })
    await page.goto('/users')
    await expect(read(page)).toHaveText(/^\d+ s ago$/)
    await page.waitForLoadState('networkidle')
    await page.clock.runFor(125_000)
    await expect(read(page)).toHaveText(/^[23] minutes ago$/)
    await page.clock.setSystemTime(Date.now())
    await page.clock.runFor(65_000)
    await expect(read(page)).toHaveText(/^[345] minutes ago$/)
    // What counts a page's time stands still in sleep; the time of day goes on.
    await page.clock.setSystemTime(Date.now() + hours(5))
    await page.clock.runFor(5_000)
    await expect(read(page)).toHaveText('3 hours ago')
  })
})
