import { readFile } from 'node:fs/promises'
import type { Page } from '@playwright/test'
import { fillSignIn, signIn, usersTable } from '../support/pages'
import { expect, test } from '../support/test'

const box = (page: Page) => page.getByRole('searchbox', { name: 'Search by name, email or id' })
const found = (page: Page) => usersTable(page).getByRole('rowheader')

/** Searches as somebody without a script does: writes it down and presses Enter. */
async function search(page: Page, text: string) {
  await box(page).fill(text)
  await box(page).press('Enter')
}

test.describe('The search', () => {
  test('finds any part of a name, an address or an id, and marks it', { tag: ['@nojs', '@control'] }, async ({ page, admin }) => {
    await signIn(page, admin)
    await search(page, 'OOGLE gil')
    await expect(found(page)).toHaveCount(1)
    await expect(page.locator('mark').first()).toHaveText(/gil/i)
    expect(await page.locator('mark').allInnerTexts()).toContain('oogle')
    const id = (await page.getByRole('link', { name: 'Gil Google' }).getAttribute('href') ?? '').split('/').at(-1) ?? ''
    await search(page, `2026-11-23T09:14:07Z WARN workspace insert failed user=${id} code=23505`)
    await expect(page.getByRole('link', { name: 'Gil Google' })).toBeVisible()
    await expect(found(page)).toHaveCount(1)
  })

  test('of a long text, what it names is searched for and stands in the address', { tag: ['@replicas', '@nojs', '@phone', '@control'] }, async ({ page, admin, javaScriptEnabled }) => {
    await signIn(page, admin)
    const noise = 'level=error msg="relation вставка" at 09:14:07 '.repeat(20)
    const text = `${noise}user google@example.com refused, ${noise}`
    await search(page, text)
    await expect(found(page)).toHaveCount(1)
    await expect(page.getByText('Only what this text names is searched for: google@example.com')).toBeVisible()
    await expect(box(page)).toHaveValue(text)
    if (javaScriptEnabled) await expect(page).toHaveURL(/\/users\?q=google%40example\.com$/)
    await page.getByRole('link', { name: 'Gil Google' }).click()
    await page.goBack()
    await expect(found(page)).toHaveCount(1)
  })

  test('a text without anything to search for says so, and stays in the box', { tag: ['@replicas', '@control'] }, async ({ page, admin }) => {
    await signIn(page, admin)
    const text = '電子メールのアドレスがありません。'.repeat(150)
    await search(page, text)
    await expect(page.getByRole('region', { name: 'Users' }).getByText('This search is too long. Use at most 1000 characters.')).toBeVisible()
    await expect(box(page)).toHaveValue(text)
    await search(page, 'google@')
    await expect(found(page)).toHaveCount(1)
  })

  test('takes fielded terms beside words', { tag: ['@nojs', '@control'] }, async ({ page, admin }) => {
    await signIn(page, admin)
    await search(page, 'google status:inactive')
    await expect(page.getByRole('heading', { name: /No user matches/ })).toBeVisible()
    await search(page, 'google status:active domain:example.com')
    await expect(page.getByRole('link', { name: 'Gil Google' })).toBeVisible()
    await search(page, 'login:never')
    await expect(found(page).first()).toBeVisible()
    await expect(usersTable(page).locator('tbody .c-last').filter({ hasNotText: 'Never' })).toHaveCount(0)
  })

  test('shows what it has found where the row does not have it', { tag: ['@nojs', '@control'] }, async ({ page, admin, control }) => {
    const { id, username, email } = await control.user('dora.other@example.com')
    expect(username).not.toBe(email)
    await signIn(page, admin, '/users?q=dora.other')
    const dora = found(page).filter({ hasText: 'Dora Differs' })
    await expect(dora.locator('mark')).toHaveText('dora.other')
    await expect(dora).toContainText(`${email} · ${username}`)
    await page.goto(`/users?q=${id.slice(0, 13)}`)
    await expect(dora).toContainText(id)
    await page.goto('/users?q=differs')
    await expect(dora).not.toContainText(username)
  })

  test('explains a wrong term under the box, and keeps what was typed', { tag: ['@nojs', '@control'] }, async ({ page, admin }) => {
    await signIn(page, admin)
    await search(page, 'google status:gone')
    await expect(page.locator('#q-fault')).toContainText('Write status:active, status:inactive or status:unknown.')
    await expect(box(page)).toHaveValue('google status:gone')
    await expect(box(page)).toHaveAttribute('aria-invalid', 'true')
  })

  test('is in the address: a reload, somebody else and a new sign-in have the same list', { tag: ['@nojs', '@control'] }, async ({ page, admin, elsewhere }) => {
    const path = '/users?q=example&status=active&sort=created&dir=desc&per=25&page=2'
    await signIn(page, admin, '/users?q=example&status=active&sort=created&dir=desc&page=2')
    await expect(found(page)).toHaveCount(25)
    const rows = await found(page).allInnerTexts()
    await page.reload()
    await expect(found(page)).toHaveText(rows, { useInnerText: true })
    const other = await elsewhere()
    await other.goto(path)
    await fillSignIn(other, admin)
    await expect(found(other)).toHaveCount(25)
    expect(await found(other).allInnerTexts()).toEqual(rows)
    await expect(other.getByRole('link', { name: /^Active/ })).toHaveAttribute('aria-current', 'page')
    await expect(other.getByRole('columnheader', { name: 'Created' })).toHaveAttribute('aria-sort', 'descending')
  })

  test('begins at the first page, and typing leaves one way back', { tag: '@control' }, async ({ page, admin }) => {
    await signIn(page, admin, '/users?page=3')
    const steps = await page.evaluate(() => history.length)
    await box(page).pressSequentially('example', { delay: 30 })
    await expect(page).toHaveURL(/q=example/)
    await expect(page.getByRole('navigation', { name: 'Pages of users' })).toContainText(/1\s*–\s*25\s*of/)
    expect(new URL(page.url()).searchParams.has('page')).toBe(false)
    expect(new URL(page.url()).searchParams.has('per')).toBe(false)
    expect(await page.evaluate(() => history.length)).toBe(steps + 1)
    await page.goBack()
    await expect(page).toHaveURL(/\/users\?page=3$/)
    await expect(box(page)).toHaveValue('')
  })

  test('what is typed while another answer is on its way is searched for, too', { tag: '@control' }, async ({ page, admin }) => {
    await signIn(page, admin)
    await page.route(/status=inactive/, async (route) => {
      await new Promise((resolve) => setTimeout(resolve, 1500))
      await route.continue()
    }, { times: 1 })
    await page.getByRole('navigation', { name: 'Filter by status' }).getByRole('link', { name: /^Deactivated/ }).click()
    await box(page).pressSequentially('former')
    await expect(page).toHaveURL(/q=former&status=inactive/)
    await expect(box(page)).toHaveValue('former')
    await expect(found(page)).toHaveCount(1)
  })

  test('a filter that is chosen is a step, to which Back returns', { tag: '@control' }, async ({ page, admin }) => {
    await signIn(page, admin, '/users?q=example')
    const filter = page.getByRole('combobox', { name: 'Trouble' })
    await filter.selectOption('username-differs')
    await expect(page).toHaveURL(/\/users\?health=username-differs&q=example$/)
    await filter.selectOption('unverified-email')
    await expect(page).toHaveURL(/health=unverified-email/)
    await page.goBack()
    await expect(page).toHaveURL(/health=username-differs/)
    await expect(filter).toHaveValue('username-differs')
    await page.goBack()
    await expect(page).toHaveURL(/\/users\?q=example$/)
    await expect(filter).toHaveValue('')
  })
})

test.describe('The way back to the list', () => {
  test('leads to the search that one came from, and to the row', { tag: ['@control'] }, async ({ page, admin }) => {
    const path = '/users?q=example&sort=created&page=2'
    await signIn(page, admin, path)
    const link = found(page).nth(7).getByRole('link')
    const name = await link.innerText()
    for (const back of [() => page.getByRole('main').getByRole('link', { name: 'Users', exact: true }).click(), () => page.goBack()]) {
      await link.click()
      await expect(page.getByRole('heading', { level: 1, name })).toBeVisible()
      await back()
      await expect(page).toHaveURL(path)
      await expect(link).toBeFocused()
    }
    // Whoever comes another way begins at the top.
    await page.getByRole('navigation', { name: 'Main' }).getByRole('link', { name: 'Activity' }).click()
    await page.getByRole('navigation', { name: 'Main' }).getByRole('link', { name: 'Users' }).click()
    await expect(found(page).first()).toBeVisible()
    await expect(page.locator('body')).toBeFocused()
  })
})

test.describe('The columns and tabs', () => {
  test('sort both ways, and say so', { tag: ['@nojs', '@control'] }, async ({ page, admin }) => {
    await signIn(page, admin, '/users?q=example.com&sort=created')
    for (const name of ['Status', 'Problems', 'Last sign-in', 'Created', 'User']) {
      const head = page.getByRole('columnheader', { name })
      // Times begin with the newest.
      const orders = name === 'Last sign-in' || name === 'Created' ? ['descending', 'ascending'] : ['ascending', 'descending']
      for (const order of orders) {
        await head.getByRole('link').click()
        await expect(head).toHaveAttribute('aria-sort', order)
      }
      await expect(page.getByRole('columnheader').and(page.locator('[aria-sort]'))).toHaveCount(1)
    }
  })

  test('a choice of a filter shows as many as it says', { tag: ['@nojs', '@control'] }, async ({ page, admin, javaScriptEnabled }) => {
    await signIn(page, admin)
    for (const name of ['Trouble', 'Last sign-in', 'Domain']) {
      await page.goto('/users')
      const filter = page.getByRole('combobox', { name })
      const choice = filter.locator('option').nth(1)
      const [, count] = /\(([\d,]+)\)$/.exec((await choice.innerText()).trim()) ?? []
      expect(Number(count?.replace(',', '')), name).toBeGreaterThan(0)
      await filter.selectOption({ index: 1 })
      if (!javaScriptEnabled) await page.getByRole('button', { name: 'Search', exact: true }).click()
      await expect(page).toHaveURL(/(health|login|domain)=/)
      await expect(page.getByRole('navigation', { name: 'Pages of users' }).locator('data').nth(2)).toHaveAttribute('value', (count ?? '').replace(',', ''))
      await expect(filter.locator('option').nth(1)).not.toContainText('(') // what others have within it is not counted
    }
  })

  test('a tab shows as many as it says, with the search kept', { tag: ['@nojs', '@control'] }, async ({ page, admin }) => {
    await signIn(page, admin, '/users?q=health:error')
    const tab = page.getByRole('navigation', { name: 'Filter by status' }).getByRole('link', { name: /^Deactivated/ })
    const count = Number(await tab.locator('data').getAttribute('value'))
    await tab.click()
    await expect(tab).toHaveAttribute('aria-current', 'page')
    await expect(page).toHaveURL(/q=health/)
    await expect(found(page)).toHaveCount(count)
  })

  test('rows on a page are remembered', { tag: '@control' }, async ({ page, admin }) => {
    await signIn(page, admin)
    await page.getByRole('combobox', { name: 'Rows on a page' }).selectOption('100')
    await expect(found(page)).toHaveCount(100)
    await page.goto('/users')
    await expect(found(page)).toHaveCount(100)
  })
})

test.describe('The export', () => {
  test('is the list as it is filtered, as CSV and as JSON', { tag: '@control' }, async ({ page, admin }) => {
    await signIn(page, admin, '/users?q=google@example.com')
    const file = async (name: string) => {
      const [download] = await Promise.all([page.waitForEvent('download'), page.getByRole('link', { name, exact: true }).click()])
      return readFile(await download.path(), 'utf8')
    }
    const csv = (await file('CSV')).trim().split(/\r?\n/)
    expect(csv).toHaveLength(2)
    expect(csv[0]).toMatch(/^\uFEFF?.*email/i)
    expect(csv[1]).toContain('google@example.com')
    const json = JSON.parse(await file('JSON')) as { email: string }[]
    expect(json.map((a) => a.email)).toEqual(['google@example.com'])
    await page.goto('/activity')
    await expect(page.getByRole('row').filter({ hasText: 'Exported' }).first()).toBeVisible()
  })
})
