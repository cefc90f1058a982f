import AxeBuilder from '@axe-core/playwright'
import { expect, type Page } from '@playwright/test'

/**
 * Checks what is on show, with animations off: by axe, all of it in both themes; then as 400 % of zoom and a reader's own
 * text spacing leave it.
 */
export async function expectAccessible(page: Page, what: string) {
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' })
    // Rules of WCAG 2.2 that axe leaves out unless asked. It works within the page, which has no frames: to put a result
    // together in a blank page of its own, as it would otherwise, takes longer than all rules.
    const axe = new AxeBuilder({ page }).setLegacyMode().options({ resultTypes: ['violations'], rules: { 'target-size': { enabled: true } } })
    const { violations } = await axe.analyze()
    const found = violations.map((v) => `${v.id}: ${v.help}\n  ${v.nodes.map((n) => `${n.target.join(' ')} ${n.failureSummary?.replace(/\s+/g, ' ')}`).join('\n  ')}`)
    expect(found, `axe: ${what}, ${colorScheme}`).toEqual([])
  }
  const size = page.viewportSize()
  await page.setViewportSize({ width: 320, height: 256 })
  expect(await lost(page), `at 400 % of zoom: ${what}`).toEqual([])
  if (size) await page.setViewportSize(size)
  await spaceText(page, true)
  expect(await lost(page), `with wide text spacing: ${what}`).toEqual([])
  await spaceText(page, false)
}

/** Sets text as WCAG 1.4.12 has it. A sheet made by script is not held up by the content policy, and changes no element. */
async function spaceText(page: Page, wide: boolean) {
  await page.evaluate((wide) => {
    const sheet = new CSSStyleSheet()
    if (wide) sheet.replaceSync('* {line-height:1.5 !important; letter-spacing:.12em !important; word-spacing:.16em !important} p {margin-block-end:2em !important}')
    document.adoptedStyleSheets = wide ? [sheet] : []
  }, wide)
}

/**
 * What can't be read as the page is laid out: a page that scrolls sideways, and text cut off by the edge of its box.
 * A line that is shortened with an ellipsis is meant to be, and stands in full on the account's own page.
 */
async function lost(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    const name = (el: Element) => `${el.localName}.${el.className} “${el.textContent?.trim().replace(/\s+/g, ' ').slice(0, 40)}”`
    const found: string[] = []
    const wide = document.documentElement.scrollWidth - document.documentElement.clientWidth
    if (wide > 0) found.push(`the page scrolls sideways by ${wide} px`)
    for (const el of document.querySelectorAll<HTMLElement>('body *')) {
      if (!el.checkVisibility({ visibilityProperty: true, opacityProperty: false }) || el.closest('.vh, svg, [aria-hidden=true]') || !el.textContent?.trim()) continue
      const style = getComputedStyle(el)
      if (el.matches('.vh, input, select, option') || style.clipPath !== 'none' || style.display === 'inline') continue
      const cut = { x: el.scrollWidth - el.clientWidth > 1, y: el.scrollHeight - el.clientHeight > 2 }
      if (style.overflowY === 'hidden' && cut.y) found.push(`cut off below: ${name(el)}`)
      if (style.overflowX === 'hidden' && style.textOverflow !== 'ellipsis' && cut.x) found.push(`cut off at the side: ${name(el)}`)
      if (el.matches('button, .btn') && style.overflowX === 'visible' && cut.x) found.push(`runs over its edge: ${name(el)}`)
    }
    return found
  })
}
