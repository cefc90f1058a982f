import type { Page } from '@playwright/test'
import { signIn, statusSwitch, usersTable } from '../support/pages'
import { expect, test } from '../support/test'

/** A browser or web view without some feature. */
interface Lack {
  what: string
  /** Takes it away before any script of the page runs. */
  take?(): void
  /** Keeps our own copy of htmx from loading. */
  withoutHtmx?: boolean
  /** The question before a deactivation then has a page of its own, not the dialog. */
  withoutDialog?: boolean
  /** Times and numbers then stay as the server wrote them. */
  withoutFormats?: boolean
  /** Nothing can be copied, which is said. */
  withoutCopying?: boolean
}

const lacks: Lack[] = [
  { what: 'a sessionStorage: it is null', take: () => { Object.defineProperty(window, 'sessionStorage', { get: () => null }) } },
  { what: 'a sessionStorage: to look at it throws', take: () => { Object.defineProperty(window, 'sessionStorage', { get: () => { throw new DOMException('denied', 'SecurityError') } }) } },
  { what: 'cookies for scripts', take: () => { Object.defineProperty(document, 'cookie', { get: () => { throw new DOMException('denied', 'SecurityError') }, set: () => { throw new DOMException('denied', 'SecurityError') } }) } },
  { what: 'workers', take: () => { Reflect.deleteProperty(window, 'Worker') } },
  { what: 'workers of pages like this', take: () => { Object.assign(window, { Worker: class { constructor() { throw new DOMException('denied', 'SecurityError') } } }) } },
  { what: 'workers that answer', take: () => { Object.assign(window, { Worker: class { terminate() {} } }) } },
  { what: 'a moment of leisure', take: () => { Reflect.deleteProperty(window, 'requestIdleCallback') } },
  { what: 'a clock and a record of its performance', take: () => { Object.assign(performance, { now: undefined, getEntriesByType: undefined }) } },
  { what: 'a clipboard', withoutCopying: true, take: () => { Object.defineProperty(navigator, 'clipboard', { value: undefined }) } },
  {
    what: 'popovers', take: () => {
      for (const [owner, name] of [[Document.prototype, 'querySelector'], [Document.prototype, 'querySelectorAll'], [Element.prototype, 'matches']] as const) {
        const real = Reflect.get(owner, name) as (this: unknown, selector: string) => unknown
        Object.assign(owner, { [name](selector: string) {
          if (selector.includes(':popover-open')) throw new SyntaxError('not a selector here')
          return real.call(this, selector)
        } })
      }
    },
  },
  { what: 'modal dialogs', withoutDialog: true, take: () => { Reflect.deleteProperty(HTMLDialogElement.prototype, 'showModal') } },
  { what: 'words for its locale', withoutFormats: true, take: () => { for (const name of ['DateTimeFormat', 'NumberFormat']) Object.assign(Intl, { [name]: () => { throw new RangeError('Incorrect locale information provided') } }) } },
  { what: 'htmx', withoutHtmx: true, withoutDialog: true },
]

/** What has to work whatever is missing: local times, copying, keys, the question before a change, secrets that go with the page. */
async function expectEssentials(page: Page, lack: Lack, id: string) {
  await page.goto('/users?q=google@example.com')
  await expect(usersTable(page).locator('.c-made time')).toHaveText(lack.withoutFormats ? /^\d+ \w+ \d{4}$/ : /^\d\d\.\d\d\.\d{4}$/)
  await page.keyboard.press('/')
  await expect(page.getByRole('searchbox')).toBeFocused()
  await statusSwitch(page, 'Gil Google').click()
  if (lack.withoutDialog) await expect(page).toHaveURL(new RegExp(`/users/${id}/deactivate`))
  else await expect(page.getByRole('dialog')).toBeVisible()
  await expect(page.getByRole('button', { name: 'Deactivate', exact: true })).toBeVisible()

  await page.goto(`/users/${id}`)
  await page.evaluate(() => navigator.clipboard?.writeText('before'))
  const copy = page.getByRole('button', { name: 'Copy the user ID' })
  await copy.click()
  await expect(page.locator('#said')).toHaveText(lack.withoutCopying ? 'Copying is not possible here. Select the text instead.' : 'Copied')
  await expect(copy).toHaveAttribute('title', lack.withoutCopying ? 'Not copied' : 'Copied')
  if (!lack.withoutCopying) expect(await page.evaluate(() => navigator.clipboard.readText())).toBe(id)

  await page.goto('/invite')
  await page.getByRole('radio', { name: 'Set one myself' }).check()
  await page.getByLabel('Initial password').fill('typed but not sent')
  await page.getByRole('button', { name: 'Show the password' }).click()
  await expect(page.getByLabel('Initial password')).toHaveAttribute('type', 'text')
  await page.evaluate(() => dispatchEvent(new PageTransitionEvent('pagehide', { persisted: true })))
  await expect(page.getByLabel('Initial password')).toHaveValue('')
}

test.describe('A browser', () => {
  test.use({ locale: 'de-DE', timezoneId: 'Europe/Berlin' })

  for (const lack of lacks) {
    test(`without ${lack.what} has all that is needed`, { tag: '@control' }, async ({ page, context, admin, control, troubles }) => {
      const { id } = await control.user('google@example.com')
      await context.grantPermissions(['clipboard-read', 'clipboard-write'])
      if (lack.take) await context.addInitScript(lack.take)
      if (lack.withoutHtmx) {
        troubles.expect(/ERR_FAILED/)
        await page.route(/htmx\.min/, (route) => route.abort())
      }
      await signIn(page, admin, '/activity')
      await expectEssentials(page, lack, id)
    })
  }

  test('that sets no theme for lack of cookies sets it for this page', async ({ page, admin }) => {
    await signIn(page, admin, '/activity')
    await page.addInitScript(() => { Object.defineProperty(document, 'cookie', { get: () => '', set: () => { throw new DOMException('denied', 'SecurityError') } }) })
    await page.goto('/activity')
    await page.getByRole('button', { name: /, account of / }).click()
    await page.getByRole('group', { name: 'Theme' }).getByRole('button', { name: 'Dark' }).click()
    await expect(page.locator('html')).toHaveAttribute('data-theme', 'dark')
  })
})
