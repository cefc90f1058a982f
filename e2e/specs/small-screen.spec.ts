import { confirmDeactivation, expectNoSidewaysScroll, invite, openAccountMenu, shownPassword, signIn, statusSwitch, usersTable } from '../support/pages'
import { expect, test, unique } from '../support/test'

test.describe('At 320 pixels', () => {
  test.use({ viewport: { width: 320, height: 640 } })

  test('no page scrolls sideways', { tag: ['@nojs', '@phone', '@control'] }, async ({ page, admin, control, troubles }) => {
    test.slow()
    troubles.expectStatus(404, 422)
    await signIn(page, admin, '/users?per=250')
    await expectNoSidewaysScroll(page)
    const logins = ['long.name@example.com', 'dora.other@example.com', 'two.links@example.com', 'extra.fields@example.com', 'script@example.com', 'layla@example.com']
    const paths = ['/users?q=nobody-is-like-that', '/activity', '/invite', '/nothing-here', '/signed-out']
    for (const login of logins) {
      const { id } = await control.user(login)
      paths.push(`/users/${id}`, `/users/${id}/deactivate`)
    }
    for (const path of paths) {
      await page.goto(path)
      for (const summary of await page.getByText(/(sees now|may see)$|^Raw answer from the users API$/).all()) await summary.click()
      await test.step(path, () => expectNoSidewaysScroll(page))
    }
    await page.goto('/invite')
    await invite(page, unique('a.rather.long.address.for.a.narrow.screen'))
    await shownPassword(page)
    await expectNoSidewaysScroll(page)
  })

  test('a long address leaves the account’s page as wide as the screen, and Undo within it', { tag: ['@phone', '@control'] }, async ({ page, admin }) => {
    const email = unique('some.body.with.quite.a.long.address')
    await signIn(page, admin, '/invite')
    await invite(page, email)
    await page.getByRole('link', { name: 'View user' }).click()
    await expectNoSidewaysScroll(page)
    await statusSwitch(page, email).click()
    await confirmDeactivation(page)
    await expect(page.getByRole('button', { name: 'Undo' })).toBeInViewport({ ratio: 1 })
    await expect(page.getByRole('status').getByRole('button', { name: 'Dismiss' })).toBeInViewport({ ratio: 1 })
    await expectNoSidewaysScroll(page)
  })

  test('the list can be sorted without column heads, and tells that it is filtered', { tag: ['@nojs', '@phone', '@control'] }, async ({ page, admin, javaScriptEnabled }) => {
    await signIn(page, admin, '/users?q=example')
    const send = async () => { if (!javaScriptEnabled) await page.getByRole('button', { name: 'Search', exact: true }).click() }
    const filters = page.locator('summary[aria-label^=Filters]')
    await filters.click()
    await page.getByRole('combobox', { name: 'Order' }).selectOption('Newest first')
    await send()
    await expect(page).toHaveURL(/sort=-?created/)
    const first = usersTable(page).getByRole('rowheader').first()
    const newest = await first.innerText()
    await page.goto('/users?q=example&sort=created&dir=desc')
    await expect(first).toHaveText(newest, { useInnerText: true })
    await expect(filters).toHaveAccessibleName('Filters')
    for (const order of ['Active first', 'By email, A to Z']) {
      if (await page.getByRole('combobox', { name: 'Order' }).isHidden()) await filters.click()
      await page.getByRole('combobox', { name: 'Order' }).selectOption(order)
      await send()
      await expect(page).toHaveURL(order === 'Active first' ? /sort=status/ : /\/users\?(?!.*sort=[a-z])/)
    }
    await page.goto('/users?q=example&login=never')
    await expect(filters).toHaveAccessibleName('Filters, 1 set')
  })

  test('menus and the dialog stay within it', { tag: ['@phone', '@control'] }, async ({ page, admin }) => {
    await signIn(page, admin, '/users?q=google@example.com')
    const inView = async (what: string) => {
      await expectNoSidewaysScroll(page)
      await test.step(what, async () => expect(page.getByRole('button', { name: /^(Sign out|Copy email|Deactivate)$/ }).first()).toBeInViewport({ ratio: 1 }))
    }
    await openAccountMenu(page)
    await inView('account menu')
    await page.keyboard.press('Escape')
    await page.getByRole('button', { name: 'Actions for Gil Google' }).click()
    await expect(page.getByRole('button', { name: 'Copy email' })).toBeInViewport({ ratio: 1 })
    await page.keyboard.press('Escape')
    await statusSwitch(page, 'Gil Google').click()
    await expect(page.getByRole('button', { name: 'Deactivate', exact: true })).toBeInViewport({ ratio: 1 })
    await expectNoSidewaysScroll(page)
  })

  test('what is pressed is large enough for a finger', { tag: ['@phone', '@no-desktop', '@control'] }, async ({ page, admin }) => {
    await signIn(page, admin, '/users?q=google@example.com')
    for (const control of [page.getByRole('button', { name: 'Actions for Gil Google' }), page.getByRole('link', { name: 'Invite user' }), page.getByRole('button', { name: /, account of / })]) {
      const box = await control.boundingBox()
      expect(Math.min(box?.width ?? 0, box?.height ?? 0)).toBeGreaterThanOrEqual(40)
    }
    const toggle = await statusSwitch(page, 'Gil Google').boundingBox()
    expect(Math.min(toggle?.width ?? 0, toggle?.height ?? 0)).toBeGreaterThanOrEqual(24)
  })
})
