import { confirmDeactivation, fillSignIn, invite, notice, row, shownPassword, signIn, signOut, statusSwitch, usersTable } from '../support/pages'
import { expect, test, unique } from '../support/test'

// The main job from its beginning to its end, with JavaScript and without.
test('An administrator signs in, invites somebody, deactivates them, thinks better of it, and finds it all in the log', { tag: ['@replicas', '@nojs', '@phone', '@control', '@provider'] }, async ({ page, elsewhere, admin, control, troubles }) => {
  test.slow()
  troubles.expectStatus(403)
  const email = unique('the.newcomer')

  await test.step('sign in, look at the list and at somebody', async () => {
    await signIn(page, admin, '/users?q=gil+google')
    await expect(usersTable(page).getByRole('rowheader')).toHaveCount(1)
    await page.getByRole('link', { name: 'Gil Google' }).first().click()
    await expect(page.getByRole('heading', { level: 1, name: 'Gil Google' })).toBeVisible()
  })

  const password = await test.step('invite a newcomer', async () => {
    await page.getByRole('navigation', { name: 'Main' }).getByRole('link', { name: 'Users' }).click()
    await page.getByRole('link', { name: 'Invite user' }).first().click()
    await invite(page, email)
    await expect(page.getByRole('heading', { level: 1, name: `Invited ${email}` })).toBeVisible()
    return shownPassword(page)
  })

  const newcomer = { email, password: 'my own from now on', name: email, id: '' }
  await test.step('the newcomer signs in and sets a password', async () => {
    const theirs = await elsewhere()
    await theirs.goto('/users')
    await fillSignIn(theirs, { email, password })
    await theirs.getByLabel('New password').fill(newcomer.password)
    await theirs.getByLabel('Confirm password').fill(newcomer.password)
    await theirs.getByRole('button', { name: 'Set password' }).click()
    await expect(theirs.getByRole('heading', { level: 1, name: 'You are not an administrator here' })).toBeVisible()
  })

  await test.step('deactivate the newcomer', async () => {
    await control.change(email, { admin: true }) // the identity console’s part: lets them in as an administrator
    await page.getByRole('link', { name: 'View user' }).click()
    await statusSwitch(page, email).click()
    await confirmDeactivation(page)
    await expect(notice(page, /Deactivated/).filter({ hasText: email }).first()).toBeVisible()
    await expect(statusSwitch(page, email)).not.toBeChecked()
    await page.getByRole('button', { name: 'Undo' }).first().focus() // a toast stays while it has the focus
  })

  await test.step('they are refused', async () => {
    const theirs = await elsewhere()
    await theirs.goto('/users')
    await fillSignIn(theirs, newcomer)
    await expect(theirs.getByText('Account is disabled, contact your administrator.')).toBeVisible()
  })

  await test.step('undo', async () => {
    await page.getByRole('button', { name: 'Undo' }).first().click()
    await expect(statusSwitch(page, email)).toBeChecked()
  })

  await test.step('they get in', async () => {
    const theirs = await elsewhere()
    await signIn(theirs, newcomer)
    await expect(row(theirs, 'admin@example.com').first()).toBeVisible()
  })

  await test.step('the log has it all', async () => {
    await page.getByRole('navigation', { name: 'Main' }).getByRole('link', { name: 'Activity' }).click()
    await expect(page.getByRole('table', { name: 'Activity' })).toBeVisible()
    await page.getByRole('searchbox').fill(email)
    await page.getByRole('searchbox').press('Enter')
    const done = page.getByRole('row').filter({ hasText: 'Ann Admin' }).filter({ hasText: 'Done' })
    await expect(done).toHaveText([/Activated/, /Deactivated/, /Invited/])
    await page.goto(`/users/${(await control.user(email)).id}`)
    await expect(page.getByRole('region', { name: 'Activity' }).getByRole('listitem')).toHaveText([/Activated/, /Deactivated/, /Invited/])
  })

  await signOut(page)
})
