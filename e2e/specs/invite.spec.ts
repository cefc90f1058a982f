import { expectNoSidewaysScroll, fillSignIn, invite, notice, row, shownPassword, signIn, statusSwitch, usersTable } from '../support/pages'
import { expect, test, unique } from '../support/test'

test.describe('Inviting', () => {
  test('S66 shows the temporary password this once, and nowhere but on the page', { tag: ['@nojs', '@phone', '@control'] }, async ({ page, admin, control }) => {
    const email = unique('new.colleague')
    await signIn(page, admin)
    await page.getByRole('link', { name: 'Invite user' }).first().click()
    const answered = page.waitForResponse((r) => r.request().method() === 'POST' && new URL(r.url()).pathname.endsWith('/invite'))
    await invite(page, email)
    const answer = await answered
    expect(answer.status()).toBe(200)
    expect(await answer.headerValue('cache-control')).toBe('no-store')
    await expect(page.getByRole('heading', { level: 1, name: `Invited ${email}` })).toBeVisible()
    const password = await shownPassword(page)
    expect(password).toMatch(/^\S{8,}$/)
    await expect(page).toHaveURL('/invite')
    await expect(page.getByText('Shown only once.')).toBeVisible()
    const made = await control.user(email)
    expect(made.requiredActions).toEqual(['UPDATE_PASSWORD'])

    // Neither the account's page nor the log has it.
    await page.getByRole('link', { name: 'View user' }).click()
    await expect(page).toHaveURL(`/users/${made.id}`)
    await expect(page.getByRole('heading', { level: 1, name: email })).toBeVisible()
    expect(await page.content()).not.toContain(password)
    await page.goto(`/activity?q=${email}`)
    await expect(row(page, email, 'Invited', 'Done')).toBeVisible()
    expect(await page.content()).not.toContain(password)
    // The list has the account without another request.
    await page.goto(`/users?q=${email}`)
    await expect(row(page, email)).toContainText(/must set a password/i)
  })

  test('copies the password', { tag: '@control' }, async ({ page, context, admin }) => {
    await context.grantPermissions(['clipboard-read', 'clipboard-write'])
    await signIn(page, admin, '/invite')
    await invite(page, unique('copied'))
    const password = await shownPassword(page)
    await page.getByRole('button', { name: 'Copy', exact: true }).click()
    await expect(notice(page, 'Copied')).toBeAttached()
    expect(await page.evaluate(() => navigator.clipboard.readText())).toBe(password)
    await expect(page.getByRole('heading', { level: 1 })).toHaveAccessibleName(/^Invited/)
  })

  test('begins with the focus on the password’s heading, not on a button', { tag: '@control' }, async ({ page, admin }) => {
    await signIn(page, admin, '/invite')
    await expect(page.getByLabel('Email', { exact: true })).toBeFocused()
    await invite(page, unique('focus'))
    await expect(page.getByRole('heading', { level: 1, name: /^Invited/ })).toBeFocused()
  })

  test('a page that is loaded again sends nothing and says so', { tag: ['@nojs', '@control'] }, async ({ page, admin, control }) => {
    const email = unique('reloaded')
    await signIn(page, admin, '/invite')
    await invite(page, email)
    const password = await shownPassword(page)
    await page.reload()
    await expect(page.getByRole('heading', { level: 1, name: 'This form was sent already' })).toBeVisible()
    await expect(page.getByText('Nothing was sent this time.')).toBeVisible()
    await expect(page.getByText(email)).toBeVisible()
    expect(await page.content()).not.toContain(password)
    expect(await control.requests('invite')).toHaveLength(1)
    await page.getByRole('link', { name: 'View user' }).click()
    await expect(page.getByRole('heading', { level: 1, name: email })).toBeVisible()
  })

  test('a button that is pressed twice sends one invitation', { tag: '@control' }, async ({ page, admin, control }) => {
    const email = unique('double.click')
    await signIn(page, admin, '/invite')
    await control.fault({ endpoint: 'invite', latency: '500ms' }) // leaves time for the second press
    await page.getByLabel('Email', { exact: true }).fill(email)
    await page.getByRole('button', { name: 'Send invitation' }).dblclick()
    await shownPassword(page)
    expect(await control.requests('invite')).toHaveLength(1)
  })

  test('the same form from two tabs or by hand sends one invitation', { tag: ['@replicas', '@control'] }, async ({ page, admin, control, baseURL }) => {
    const email = unique('by.hand')
    await signIn(page, admin, '/invite')
    const html = await (await page.request.get('/invite')).text()
    const key = /name="key" value="([^"]+)"/.exec(html)?.[1] ?? ''
    const send = () => page.request.post('/invite', { form: { email, pw: 'auto', key }, headers: { Origin: baseURL ?? '' } })
    const [first, second] = await Promise.all([send(), send()])
    const texts = [await first.text(), await second.text(), await (await send()).text()]
    expect(texts.filter((t) => t.includes('Temporary password'))).toHaveLength(1)
    expect(texts.filter((t) => t.includes('This form was sent already'))).toHaveLength(2)
    expect(await control.requests('invite')).toHaveLength(1)
  })

  test('a form without its one-time key is refused', { tag: '@control' }, async ({ page, admin, control, baseURL }) => {
    await signIn(page, admin, '/invite')
    const answer = await page.request.post('/invite', { form: { email: unique('no.key') }, headers: { Origin: baseURL ?? '' } })
    expect(answer.status()).toBe(400)
    expect(await answer.text()).toContain('Nobody was invited.')
    expect(await control.requests('invite')).toEqual([])
  })

  test('can go with a password of one’s own, which is not shown again', { tag: ['@nojs', '@phone', '@control', '@provider'] }, async ({ page, elsewhere, admin, control, troubles }) => {
    const email = unique('own.password')
    await signIn(page, admin, '/invite')
    await invite(page, email, 'correct horse battery')
    await expect(page.getByRole('heading', { level: 1, name: `Invited ${email}` })).toBeVisible()
    await expect(page.getByText('They sign in with the password that you set.')).toBeVisible()
    await expect(page.getByRole('group', { name: 'Temporary password' })).toHaveCount(0)
    expect(await page.content()).not.toContain('correct horse battery')
    expect((await control.user(email)).requiredActions).toEqual([])
    troubles.expectStatus(403)
    const theirs = await elsewhere()
    await theirs.goto('/users')
    await fillSignIn(theirs, { email, password: 'correct horse battery' })
    await expect(theirs.getByRole('heading', { name: 'You are not an administrator here' })).toBeVisible()
  })

  test('makes a password on request, and shows or hides it', { tag: ['@phone', '@control'] }, async ({ page, admin }) => {
    await signIn(page, admin, '/invite')
    await page.getByLabel('Email', { exact: true }).fill(unique('generated'))
    await page.getByRole('radio', { name: 'Set one myself' }).check()
    const field = page.getByLabel('Initial password')
    await page.getByRole('button', { name: 'Generate' }).click()
    await expect(field).toHaveAttribute('type', 'text')
    const first = await field.inputValue()
    expect(first.length).toBeGreaterThanOrEqual(20)
    await page.getByRole('button', { name: 'Show the password' }).click()
    await expect(field).toHaveAttribute('type', 'password')
    await page.getByRole('button', { name: 'Generate' }).click()
    expect(await field.inputValue()).not.toBe(first)
    await page.getByRole('button', { name: 'Send invitation' }).click()
    await expect(page.getByRole('heading', { level: 1, name: /^Invited/ })).toBeVisible()
  })

  for (const wrong of ['', '  ', 'nobody', 'a b@example.com', 'x@', '@example.com', 'jo, doe@example.com']) {
    test(`asks for an address instead of “${wrong}”`, { tag: wrong === 'nobody' ? ['@nojs', '@control'] : '@control' }, async ({ page, admin, control, troubles }) => {
      troubles.expectStatus(422)
      await signIn(page, admin, '/invite')
      // The message is the dashboard's; only for an empty field it is the browser's.
      await page.locator('form.card').evaluate((form: HTMLFormElement) => { form.noValidate = true })
      await invite(page, wrong)
      const field = page.getByLabel('Email', { exact: true })
      await expect(field).toHaveAccessibleDescription(wrong.trim() ? 'This is not an email address. One looks like name@example.com.' : 'Enter the email address of the person to invite.')
      await expect(field).toHaveAttribute('aria-invalid', 'true')
      await expect(field).toHaveValue(wrong.trim())
      expect(await control.requests('invite')).toEqual([])
    })
  }

  // A text as a pattern that matches only itself.
  const literal = (text: string) => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
  const pasted: [what: string, typed: (email: string) => string, leftOut: string][] = [
    ['with a name', (email) => `"Doe, Jo" <${email}>`, 'Left out: “Doe, Jo”.'],
    ['as a link', (email) => `mailto:${email}?subject=Hi`, 'Left out: “mailto:”, “?subject=Hi”.'],
    ['with a comma', (email) => `${email},`, 'Left out: “,”.'],
    ['with a no-break blank', (email) => `\u00a0${email}`, 'Left out: no-break space (U+00A0).'],
    ['with a zero-width blank', (email) => email.replace('@', '\u200b@'), 'Left out: zero width space (U+200B).'],
    ['with a name, and longer than an address may be', (email) => `${'Jo '.repeat(120)}<${email}>`, 'Left out: “Jo Jo'],
  ]
  for (const [what, typed, leftOut] of pasted) {
    test(`an address that was pasted ${what} is asked about, and then invited`, { tag: ['@nojs', '@phone', '@control'] }, async ({ page, admin, control, troubles }) => {
      troubles.expectStatus(422)
      const email = unique('pasted')
      await signIn(page, admin, '/invite')
      await invite(page, typed(email))
      const field = page.getByLabel('Email', { exact: true })
      await expect(field).toHaveValue(email)
      await expect(field).toBeFocused()
      await expect(field).not.toHaveAttribute('aria-invalid')
      await expect(field).toHaveAccessibleDescription(new RegExp(`^Understood as ${literal(email)}. ${literal(leftOut)}.*Nothing was sent yet`))
      expect(await control.requests('invite')).toEqual([])
      await expectNoSidewaysScroll(page)
      await field.press('Enter')
      await expect(page.getByRole('heading', { level: 1, name: `Invited ${email}` })).toBeVisible()
      expect(await control.requests('invite')).toHaveLength(1)
    })
  }

  test('a password that was set with a pasted address is asked for again', { tag: ['@nojs', '@control'] }, async ({ page, admin, control, troubles }) => {
    troubles.expectStatus(422)
    const email = unique('pasted.own')
    await signIn(page, admin, '/invite')
    await invite(page, `Jo <${email}>`, 'correct horse battery')
    await expect(page.getByLabel('Email', { exact: true })).toHaveAccessibleDescription(/check the address, enter the password again, and send the invitation\.$/)
    await expect(page.getByRole('radio', { name: 'Set one myself' })).toBeChecked()
    expect(await page.content()).not.toContain('correct horse battery')
    await page.getByLabel('Initial password').fill('correct horse battery')
    await page.getByRole('button', { name: 'Send invitation' }).click()
    await expect(page.getByText('They sign in with the password that you set.')).toBeVisible()
    expect(await control.requests('invite')).toHaveLength(1)
  })

  test('somebody whose address was pasted, and who is a member, is not invited again', { tag: '@control' }, async ({ page, admin, control, troubles }) => {
    troubles.expectStatus(409, 422)
    await signIn(page, admin, '/invite')
    await invite(page, 'Gil Google <\u200bgoogle@example.com>')
    await page.getByRole('button', { name: 'Send invitation' }).click()
    await expect(page.getByLabel('Email', { exact: true })).toHaveAccessibleDescription(/Gil Google\s+is already a member\./)
    expect(await control.requests('invite')).toEqual([])
  })

  test('several addresses are named, and nobody is invited', { tag: ['@nojs', '@phone', '@control'] }, async ({ page, admin, control, troubles }) => {
    troubles.expectStatus(422)
    const typed = 'Two <two@example.com>; three@example.com, TWO@example.com'
    await signIn(page, admin, '/invite')
    await invite(page, typed)
    const field = page.getByLabel('Email', { exact: true })
    await expect(field).toHaveAccessibleDescription('two@example.com, three@example.com are several addresses. Invite one person at a time.')
    await expect(field).toHaveValue(typed)
    expect(await control.requests('invite')).toEqual([])
  })

  test('keeps what was typed beside what is wrong with it', { tag: ['@nojs', '@control'] }, async ({ page, admin, troubles }) => {
    troubles.expectStatus(422)
    await signIn(page, admin, '/invite')
    await invite(page, 'some.body@example', 'short')
    const field = page.getByLabel('Initial password')
    await expect(field).toHaveAccessibleDescription('Use at least 8 characters.')
    await expect(field).toHaveAttribute('aria-invalid', 'true')
    await expect(field).toHaveValue('')
    await expect(page.getByLabel('Email', { exact: true })).toHaveValue('some.body@example')
    await expect(page.getByRole('radio', { name: 'Set one myself' })).toBeChecked()
  })

  for (const email of ['google@example.com', 'GOOGLE@Example.COM', '  google@example.com ', 'dora.other@example.com']) {
    test(`somebody who is a member is not invited again: “${email}”`, { tag: email.startsWith('GOOGLE') ? ['@nojs', '@control'] : '@control' }, async ({ page, admin, control, troubles }) => {
      troubles.expectStatus(409)
      await signIn(page, admin, '/invite')
      await invite(page, email)
      const field = page.getByLabel('Email', { exact: true })
      await expect(field).toHaveAccessibleDescription(/(Gil Google|Dora Differs)\s+is already a member\.\s*Open the account/)
      await page.getByRole('link', { name: 'Open the account' }).click()
      await expect(page.getByRole('heading', { level: 1, name: /Gil Google|Dora Differs/ })).toBeVisible()
      expect(await control.requests('invite')).toEqual([])
    })
  }

  test('a deactivated member is activated instead', { tag: ['@nojs', '@phone', '@control'] }, async ({ page, admin, control, troubles }) => {
    troubles.expectStatus(409)
    await signIn(page, admin, '/invite')
    await invite(page, 'Deactivated@Example.com')
    await expect(page.getByRole('heading', { name: 'Dea Deactivated is a deactivated member' })).toBeVisible()
    await page.getByRole('button', { name: 'Activate instead' }).click()
    await expect(page.getByRole('heading', { level: 1, name: 'Dea Deactivated' })).toBeVisible()
    await expect(notice(page, /Activated\s+Dea Deactivated/).first()).toBeVisible()
    await expect(statusSwitch(page, 'Dea Deactivated')).toBeChecked()
    expect((await control.user('deactivated@example.com')).enabled).toBe(true)
    expect(await control.requests('invite')).toEqual([])
  })

  test('a deactivated member who can’t be changed here says why', { tag: ['@nojs', '@control'] }, async ({ page, admin, control, troubles }) => {
    troubles.expectStatus(409)
    await control.change('deactivated@example.com', { manage: false })
    await signIn(page, admin, '/invite')
    await invite(page, 'deactivated@example.com')
    await expect(page.getByText('Wallaroo says that you may not manage this account.').first()).toBeVisible()
    await expect(page.getByRole('button', { name: 'Activate instead' })).toHaveCount(0)
  })

  test('can be left without inviting anybody', { tag: ['@nojs', '@control'] }, async ({ page, admin, control }) => {
    await signIn(page, admin, '/invite')
    await page.getByLabel('Email', { exact: true }).fill('not.after.all@example.com')
    await page.getByRole('link', { name: 'Cancel' }).click()
    await expect(usersTable(page)).toBeVisible()
    expect(await control.requests('invite')).toEqual([])
  })
})
