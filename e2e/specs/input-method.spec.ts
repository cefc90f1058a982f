import type { CDPSession, Page } from '@playwright/test'
import { row, signIn } from '../support/pages'
import { expect, test } from '../support/test'

/** A keyboard as an input method has it: what is written stays half-composed until it is committed. */
async function inputMethod(page: Page) {
  const session: CDPSession = await page.context().newCDPSession(page)
  const press = async (code: string, key: string) => {
    for (const type of ['rawKeyDown', 'keyUp'] as const) await session.send('Input.dispatchKeyEvent', { type, key, code, windowsVirtualKeyCode: 229 })
  }
  return {
    /** Presses keys one by one; after each, the text so far. A phone's keyboard tells no code of a key. */
    async compose(texts: string[], onScreen = false) {
      for (const text of texts) {
        await press(onScreen ? '' : 'KeyN', onScreen ? 'Unidentified' : 'Process')
        await session.send('Input.imeSetComposition', { text, selectionStart: text.length, selectionEnd: text.length })
        await page.clock.runFor(1_000)
      }
    },
    /** Chooses what was meant, by Enter. */
    async commit(text: string) {
      await session.send('Input.dispatchKeyEvent', { type: 'rawKeyDown', key: 'Enter', code: 'Enter', windowsVirtualKeyCode: 229 })
      await session.send('Input.insertText', { text })
      await session.send('Input.dispatchKeyEvent', { type: 'keyUp', key: 'Enter', code: 'Enter', windowsVirtualKeyCode: 13 })
      await page.clock.runFor(1_000)
    },
  }
}

/** The searches that were sent, in order. */
function searches(page: Page): string[] {
  const asked: string[] = []
  page.on('request', (r) => {
    const url = new URL(r.url())
    if (/\/(users|activity)$/.test(url.pathname)) asked.push(url.searchParams.get('q') ?? '')
  })
  return asked
}

test.describe('An input method', () => {
  test.beforeEach(async ({ page, admin }) => {
    await signIn(page, admin)
    await page.clock.install()
  })

  for (const path of ['/users', '/activity']) {
    test(`searches ${path} when a text is composed, not for its halves`, async ({ page }) => {
      await page.goto(path)
      await page.getByRole('searchbox').click()
      const asked = searches(page)
      const keyboard = await inputMethod(page)
      await keyboard.compose(['n', 'に', 'にh', 'にほん'])
      await keyboard.commit('日本')
      await expect(page).toHaveURL(/q=%E6%97%A5%E6%9C%AC$/)
      await expect(page.getByRole('searchbox')).toHaveValue('日本')
      // Pinyin stands in Latin letters until it is chosen from.
      await keyboard.compose(['z', 'zh', 'zhong', "zhong'guo"])
      await keyboard.commit('中国')
      await expect(page).toHaveURL(/q=%E6%97%A5%E6%9C%AC%E4%B8%AD%E5%9B%BD$/)
      expect([...new Set(asked)]).toEqual(['日本', '日本中国'])
    })
  }

  test('is not interrupted by what was searched before, nor by its answer', async ({ page }) => {
    await page.goto('/users')
    const asked = searches(page)
    let answer = () => {}
    const held = new Promise<void>((resolve) => { answer = resolve })
    await page.route(/q=gil\+$/, async (route) => {
      await held
      await route.continue()
    })
    await page.getByRole('searchbox').pressSequentially('gil ')
    await page.clock.runFor(1_000)
    await expect.poll(() => asked).toEqual(['gil '])
    const keyboard = await inputMethod(page)
    await keyboard.compose(['g', 'ぐ'])
    answer()
    await expect(row(page, 'Gil Google')).toBeVisible()
    await keyboard.compose(['ぐう'])
    await expect(page.getByRole('searchbox')).toHaveValue('gil ぐう')
    await keyboard.commit('goo')
    await expect(page).toHaveURL(/q=gil\+goo$/)
    expect([...new Set(asked)]).toEqual(['gil ', 'gil goo'])
  })

  test('of a phone, which composes every word, is followed letter by letter', async ({ page }) => {
    await page.goto('/users')
    await page.getByRole('searchbox').click()
    const asked = searches(page)
    const keyboard = await inputMethod(page)
    await keyboard.compose(['g', 'gi', 'gil', 'gil', 'gilé'], true)
    await expect(page).toHaveURL(/q=gil%C3%A9$/)
    await keyboard.compose(['gil', 'ぎ'], true)
    await keyboard.commit('gil')
    await expect(row(page, 'Gil Google')).toBeVisible()
    await expect(page).toHaveURL(/q=gil$/)
    expect(asked).not.toContain('ぎ')
  })
})
