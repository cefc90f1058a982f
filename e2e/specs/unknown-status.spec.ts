import { expectNoSidewaysScroll, fact, row, signIn, usersTable } from '../support/pages'
import { expect, test } from '../support/test'

test.describe('The users list', () => {
  test('tells whose status the API leaves out, in a tab and a search of their own', { tag: ['@nojs', '@phone', '@control'] }, async ({ page, admin, control }) => {
    const tabs = page.getByRole('navigation', { name: 'Filter by status' })
    await signIn(page, admin, '/users?q=google@example.com')
    await expect(tabs.getByRole('link', { name: /^Unknown/ })).toHaveCount(0)
    await control.change('google@example.com', { lacks: ['enabled'] })
    await page.goto('/users?fresh=1&per=250')
    await expect(page.getByText('1 of unknown status counted as used')).toBeVisible()
    await tabs.getByRole('link', { name: /^Unknown\s*1$/ }).click()
    await expect(page).toHaveURL(/status=unknown/)
    await expect(usersTable(page).getByRole('rowheader')).toHaveCount(1)
    const gil = row(page, 'Gil Google')
    await expect(gil.getByText('Unknown', { exact: true })).toBeVisible()
    await expect(gil.getByRole('switch')).toHaveCount(0)
    await expectNoSidewaysScroll(page)
    await page.goto('/users?q=status:unknown')
    await expect(usersTable(page).getByRole('rowheader')).toHaveCount(1)
    await gil.getByRole('link', { name: 'Gil Google' }).click()
    await expect(page.getByText('Wallaroo does not say whether this account is active.')).toBeVisible()
    await expect(await fact(page, 'Status')).toHaveText('Unknown')
    await expectNoSidewaysScroll(page)
  })
})
