// Everything here is a comfort: each page works without it. Nothing is evaluated from strings and no styles are written,
// so the page's Content-Security-Policy needs no exception. It is a module, so it runs after htmx, which is deferred.
// Browsers, and programs that show pages, keep things from scripts: storage, cookies, workers, dialogs. What may be kept
// back is asked for by attempt, and the rest of the script runs without it.

// Its first look at locales and zones holds a browser up for ten milliseconds, fifty where it is slow. What it finds is
// found for all threads, so a worker has that look, see below, and of this file runs no more than that.
if (!self.document) {
  Intl.DateTimeFormat()
  postMessage('done')
  await new Promise(() => {})
}

const root = document.documentElement
const $ = (selector, from = document) => from.querySelector(selector)
const $$ = (selector, from = document) => [...from.querySelectorAll(selector)]
// attempt returns what f returns, or undefined if it throws.
const attempt = (f) => { try { return f() } catch { return undefined } }
const each = (selector, from, f) => { for (const el of $$(selector, from)) attempt(() => f(el)) }
const typing = (el) => el.closest('input:not([type=checkbox], [type=radio]), textarea, select, [contenteditable]')

// --- Secrets go when the page does, also into the browser's page cache ---

addEventListener('pagehide', () => {
  for (const el of $$('[data-secret]')) el.replaceChildren('Hidden: shown only once')
  for (const el of $$('#password')) { el.value = ''; el.type = 'password' }
})
addEventListener('pageshow', (e) => {
  if (!e.persisted) return
  for (const form of $$('form[data-sent]')) { delete form.dataset.sent; form.removeAttribute('aria-busy') }
  count()
})

// --- Preferences: cookies that the server reads, so that the next page comes right from the start ---

// Their names begin with what tells this site from others on its host.
const kept = (name) => attempt(() => document.cookie)?.split('; ').find((pair) => pair.startsWith(`${root.dataset.cookies}${name}=`))?.split('=')[1]
const keep = (name, value) => {
  const secure = location.protocol === 'https:' ? '; Secure' : ''
  attempt(() => { document.cookie = `${root.dataset.cookies}${name}=${encodeURIComponent(value)}; Path=/; Max-Age=31536000; SameSite=Lax${secure}` })
}

function chooseTheme(value) {
  keep('theme', value)
  if (value === 'system') delete root.dataset.theme
  else root.dataset.theme = value
  for (const b of $$('[data-themes] button')) b.setAttribute('aria-pressed', String(b.value === value))
}

function chooseShortcuts(on) {
  root.dataset.shortcuts = on ? 'on' : 'off'
  keep('shortcuts', root.dataset.shortcuts)
}

// --- Times and numbers in the reader's zone and locale ---

let zone
function lookUpZone() {
  zone = Intl.DateTimeFormat().resolvedOptions().timeZone
  if (zone && kept('tz') !== encodeURIComponent(zone)) keep('tz', zone)
}

const formats = {
  '': { dateStyle: 'medium' },
  time: { dateStyle: 'medium', timeStyle: 'short' },
  second: { dateStyle: 'medium', timeStyle: 'medium' },
  clock: { hour: '2-digit', minute: '2-digit' },
  'clock-second': { timeStyle: 'medium' },
  exact: { dateStyle: 'full', timeStyle: 'long' },
}
// A format takes milliseconds to make, so each is made when it is first wanted.
const made = {}
const inLocale = (style) => (made[style] ??= new Intl.DateTimeFormat(undefined, formats[style] ?? formats['']))
const number = (n) => (made.number ??= new Intl.NumberFormat()).format(n)

// The clock of the reader may be wrong, and be put right meanwhile. So it is the server's: where the server has written
// how long ago something was, it says what time it was then, and from the arrival of that on time is counted. What counts
// a page's time stands still while the computer sleeps, as the time of day does not.
let told = ''
let arrival
const clocks = () => [attempt(() => performance.now()) ?? 0, Date.now()]
const now = () => Date.parse(told) + Math.max(...clocks().map((t, i) => t - arrival[i]))

// setClock takes the server's time from what came so many milliseconds before.
function setClock(before = 0) {
  const instant = $('time[data-now]')?.dataset.now ?? told
  if (instant !== told) [told, arrival] = [instant, clocks().map((t) => t - before)]
}
setClock(attempt(() => performance.now() - performance.getEntriesByType('navigation')[0].responseStart))

// ago writes a span as the server does: "12 s ago", "1 minute ago", "3 days ago".
function ago(then) {
  const s = Math.max(0, Math.floor((now() - then) / 1000))
  if (s < 60) return `${number(s)} s ago`
  const [size, unit] = s < 3600 ? [60, 'minute'] : s < 172800 ? [3600, 'hour'] : [86400, 'day']
  const n = Math.floor(s / size)
  return `${number(n)} ${unit}${n === 1 ? '' : 's'} ago`
}

// What is swapped in before the page's own turn came waits for it.
let localised = false
const write = (el, text) => { if (el.textContent !== text) el.textContent = text }

function localise(part) {
  each('time[data-time]', part, (el) => {
    const then = new Date(el.dateTime)
    if (!Number.isNaN(then.getTime())) write(el, el.dataset.now ? ago(then) : inLocale(el.dataset.time).format(then))
  })
  each('data[value]', part, (el) => write(el, number(Number(el.value))))
  each('[aria-valuetext]', part, (el) => el.setAttribute('aria-valuetext', el.getAttribute('aria-valuetext').replace(/\d[\d,]*/g, (n) => number(Number(n.replaceAll(',', ''))))))
  each('option[data-count]', part, (el) => write(el, el.textContent.replace(/\([\d,]+\)$/, `(${number(Number(el.dataset.count))})`)))
  if (zone) each('[data-zone]', part, (el) => write(el, zone.split('/').pop().replaceAll('_', ' ')))
}

// The exact time is written out for whoever points at it.
document.addEventListener('pointerover', (e) => {
  const el = e.target.closest('time[data-time]')
  if (el && !el.title) attempt(() => { el.title = inLocale('exact').format(new Date(el.dateTime)) })
})

const count = () => each('time[data-now]', document, (el) => write(el, ago(new Date(el.dateTime))))
setInterval(count, 5000)

// --- Saying things: to screen readers, and in the region above the content ---

function say(text) {
  const region = $('#said')
  if (!region) return
  region.textContent = ''
  setTimeout(() => { region.textContent = text }, 50)
}

// noAnswer shows that a request failed. Only what reads can be sent again by the button: whether a change was done
// before the connection went is not known here.
function noAnswer(ctx, why) {
  const region = $('#fault')
  const template = $('#no-answer')
  if (!region || !template) return
  $('#dialog')?.replaceChildren()
  region.replaceChildren(template.content.cloneNode(true))
  const box = region.firstElementChild
  if (why) $('[data-why]', box).textContent = why
  const retry = $('[data-retry]', box)
  retry.onclick = () => {
    if (ctx?.request?.method === 'GET' && ctx.sourceElement?.isConnected) {
      region.replaceChildren()
      ctx.sourceElement.focus()
      htmx.ajax('GET', ctx.request.action, { source: ctx.sourceElement, target: ctx.target, swap: ctx.swap })
    } else location.reload()
  }
  heed(box)
}

// heed moves the focus to what went wrong, but never out of the hands of somebody who types: the next letters would be
// taken for shortcuts. It is an alert, which is read out in any case.
function heed(box) { if (!typing(document.activeElement)) box.focus() }

// --- htmx, unless it could not be loaded ---

const { htmx } = globalThis

// takeStep makes each choice a step of the history, to which Back returns, and of all that is typed at a time one.
let typed = false
function takeStep({ hx, sourceEvent }) {
  const typing = sourceEvent?.target?.localName !== 'select'
  if (!typing || !typed) [hx.pushurl, hx.replaceurl] = [hx.replaceurl]
  typed = typing
}
document.addEventListener('focusout', (e) => { if (e.target.id === 'q') typed = false })

// catchUp searches again when somebody typed while the answer to something else was on its way.
function catchUp(ctx) {
  const box = $('#q')
  if (box === document.activeElement && box.value !== box.defaultValue && ctx.sourceElement?.id !== 'find') box.form.requestSubmit()
}

// A half-composed text is not searched for: composed is the box with it. The keyboard of a phone composes every word, though,
// and would hold up the search as one types: there only other letters than Latin ones are waited for. Its keys have no code.
let composed
let late = false
let onScreen = false
document.addEventListener('keydown', (e) => { onScreen = !e.code })
document.addEventListener('compositionupdate', (e) => { composed = onScreen && !/[^\p{ASCII}\p{sc=Latin}]/u.test(e.data) ? undefined : e.target })
document.addEventListener('compositionend', (e) => {
  composed = undefined
  if (late) e.target.dispatchEvent(new Event('input', { bubbles: true }))
  late = false
})

const pageNotPart = /^\s*<(!doctype|html)\b/i
let failures = 0

htmx?.registerExtension('app', {
  // A search keeps only what was filled in, so its address can be read and shared. Of a pasted text that is too long for an
  // address, only the words that can be ids or addresses are sent; without any, one character more than a search may have, and
  // the server says so.
  htmx_config_request(_, { ctx }) {
    if (composed === document.activeElement && ctx.sourceElement.contains(composed)) {
      late = true
      return false
    }
    if (ctx.request.method !== 'GET' || !ctx.request.body?.keys) return
    for (const name of new Set(ctx.request.body.keys())) {
      if (ctx.request.body.get(name) === '') ctx.request.body.delete(name)
    }
    const q = ctx.request.body.get('q') ?? ''
    if (q.length > 800) {
      const words = q.match(/\S*(@|[\da-f]{8}-)\S+/gi)
      ctx.request.body.set('q', words ? words.join(' ').slice(0, 400) : q.slice(0, 1001))
      if (words) ctx.request.body.set('pasted', '1')
    }
  },
  // A whole page in answer to a part (a proxy's error, a sign-in page) is never put inside ours.
  htmx_after_request(_, { ctx }) {
    if (ctx.hx.redirect || ctx.hx.refresh || ctx.hx.location) return
    failures = 0
    if (ctx.hx.replaceurl) takeStep(ctx)
    if (!pageNotPart.test(ctx.text)) return
    if (ctx.response.status < 400) location.reload()
    else noAnswer(ctx, `The answer was an error (${ctx.response.status}) that is not from this dashboard.`)
    return false
  },
  htmx_error(_, { ctx, error }) {
    if (!ctx || error?.name === 'AbortError' && ctx.request.signal.reason !== 'timeout') return
    // A poll that fails tells once, not every time.
    if (ctx.sourceEvent?.type === 'every' && failures++) return
    noAnswer(ctx)
  },
  htmx_before_swap() { rememberFocus() },
  htmx_after_swap(_, { ctx }) {
    catchUp(ctx)
    setClock()
    if (localised) localise(document)
    refocus()
    if ($('#fault')?.firstElementChild) heed($('#fault > *'))
  },
  // What the reader opened stays open when the list is drawn again.
  htmx_before_morph_attr(el, { attrName, newValue }) {
    if (attrName === 'open' && newValue === null && el.localName === 'details') return false
  },
})

// --- Focus: after a row has left the list, the next one has it ---

let nextRow = null
let lastRow = null
let held = ''
let inToast = false

document.addEventListener('focusin', (e) => {
  const row = e.target.closest('[data-row]')
  if (row) lastRow = row
  // On a narrow screen the last of the tabs is half out of sight.
  e.target.closest('.tabs a')?.scrollIntoView({ block: 'nearest', inline: 'nearest' })
})

function rememberFocus() {
  held = document.activeElement?.id
  inToast = !!document.activeElement?.closest('#toasts')
  nextRow = lastRow?.isConnected ? (lastRow.nextElementSibling ?? lastRow.previousElementSibling) : null
}

function refocus() {
  // On the first and the last page one of these two links leads nowhere, and its neighbour takes over.
  // A toast goes when its Undo was pressed: the switch that it was about has the focus again.
  if (inToast && document.activeElement === document.body) (lastRow?.isConnected ? $('.sw', lastRow) : $('.head .sw'))?.focus()
  if (/^page-(next|prev)$/.test(held) && document.activeElement === document.body) $('a[id^=page-]')?.focus()
  if (!lastRow || lastRow.isConnected || document.activeElement !== document.body) return
  lastRow = null
  if (nextRow?.isConnected) $('.who', nextRow)?.focus()
  else if (!$('#list [data-row]')) $('#q')?.focus()
}

// --- Dialogs: the one in the page opens when it has content and closes when it has none ---

const dialog = $('#dialog')
const asks = htmx && dialog?.showModal
if (asks) {
  new MutationObserver(() => {
    if (dialog.firstElementChild && !dialog.open) dialog.showModal()
    if (dialog.firstElementChild) $('[autofocus]', dialog)?.focus()
    else if (dialog.open) dialog.close()
  }).observe(dialog, { childList: true })
  dialog.addEventListener('close', () => { dialog.replaceChildren(); setTimeout(refocus) })
}

// Browsers without invoker commands get the two that are used.
const commands = 'commandForElement' in HTMLButtonElement.prototype
function command(button) {
  if (commands) return
  const target = document.getElementById(button.getAttribute('commandfor'))
  if (button.getAttribute('command') === 'close') target?.close()
  else target?.showModal?.()
}

// --- Toasts go after ten seconds, unless somebody is on them or looks elsewhere ---

const toasts = $('#toasts')
if (toasts) {
  let timer
  const busy = () => !document.hasFocus() || toasts.matches(':hover, :focus-within')
  const arm = () => { clearTimeout(timer); timer = setTimeout(() => (busy() ? arm() : toasts.replaceChildren()), 10000) }
  new MutationObserver(() => { if (toasts.firstElementChild) arm() }).observe(toasts, { childList: true })
  toasts.addEventListener('pointerleave', arm)
  toasts.addEventListener('focusout', arm)
}

// --- Clicks ---

async function copy(button, text) {
  const copied = await navigator.clipboard?.writeText(text).then(() => true, () => false)
  const word = copied ? 'Copied' : 'Not copied'
  say(copied ? word : 'Copying is not possible here. Select the text instead.')
  const words = [...button.childNodes].find((n) => n.nodeType === Node.TEXT_NODE && n.data.trim())
  if (button.hasAttribute('aria-label')) button.title = word
  else if (words) {
    const before = words.data
    words.data = ` ${word} `
    setTimeout(() => { words.data = before }, 1500)
  }
}

function reveal(button, show) {
  const field = document.getElementById(button.dataset.reveal)
  field.type = show ? 'text' : 'password'
  button.setAttribute('aria-pressed', String(show))
}

// generate makes a password of 20 letters and digits that are not mistaken for each other: about 115 bits.
function generate(field) {
  const letters = 'abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789'
  const bytes = new Uint8Array(64)
  let out = ''
  while (out.length < 20) {
    crypto.getRandomValues(bytes)
    // Bytes above the last whole multiple would favour the first letters.
    for (const b of bytes) if (b < 256 - (256 % letters.length) && out.length < 20) out += letters[b % letters.length]
  }
  field.value = out.match(/.{5}/g).join('-')
}

// fillMenu makes the list's one menu that of a row, before the button opens it.
function fillMenu(button) {
  const menu = button.popoverTargetElement
  const row = button.closest('[data-row]')
  // Open for another row, it would only be closed.
  if (menu.matches(':popover-open') && menu.row !== row) menu.hidePopover()
  menu.row = row
  const [details, copying, elsewhere] = ['details', 'copy', 'console'].map((name) => $(`[data-menu=${name}]`, menu))
  details.href = $('.who', row).href
  if (elsewhere) elsewhere.href = elsewhere.dataset.pattern.replace(':id', () => details.pathname.split('/').pop())
  const first = $('small', row).firstChild // the email, or the words that there is none
  copying.dataset.copy = first.localName === 'bdi' ? first.textContent : ''
  copying.hidden = !copying.dataset.copy
}

document.addEventListener('click', (e) => {
  const el = e.target.closest('button, a')
  if (!el) return
  if (el.popoverTargetElement?.id === 'row-menu') fillMenu(el)
  const { copy: text, copyFrom, reveal: field, generate: into } = el.dataset
  if (text !== undefined) copy(el, text)
  else if (copyFrom) copy(el, document.getElementById(copyFrom).textContent)
  else if (field) reveal(el, el.getAttribute('aria-pressed') !== 'true')
  else if (into) {
    generate(document.getElementById(into))
    const eye = $(`[data-reveal="${into}"]`)
    if (eye) reveal(eye, true)
    say('Password made')
  } else if ('dismiss' in el.dataset) el.closest('.toast, .note').remove()
  else if ('close' in el.dataset && el.closest('dialog')) {
    e.preventDefault()
    el.closest('dialog').close()
  } else if (el.hasAttribute('commandfor')) command(el)
  if (text !== undefined) el.closest('[popover]')?.hidePopover?.()
})

// --- Forms: preferences at once, and nothing twice ---

// flip sends the form of a status switch by htmx where its question can be asked in the dialog, once at a time: the question comes into the dialog, and what a change
// brings goes where it says itself.
function flip(form, event) {
  if (form.classList.contains('htmx-request')) return
  htmx.ajax(form.method, form.action, { source: form, event, target: '#dialog', ...(form.method === 'post' && { swap: 'none' }) })
}

document.addEventListener('submit', (e) => {
  const form = e.target
  if (form.matches('[data-themes]')) {
    e.preventDefault()
    chooseTheme(e.submitter?.value ?? 'system')
  } else if (asks && form.matches('.act')) {
    e.preventDefault()
    flip(form, e)
  } else if (form.matches('[data-shortcuts-form]')) e.preventDefault()
  else if (form.method === 'post' && !form.matches('[hx-post], [method=dialog]')) {
    if (form.dataset.sent) e.preventDefault()
    form.dataset.sent = 'yes'
    form.setAttribute('aria-busy', 'true')
  }
})

document.addEventListener('change', (e) => { if (e.target.id === 'keys-on') chooseShortcuts(e.target.checked) })

// --- Single keys: never while typing, never as part of a command, and only when they are wanted ---

let leader = ''
let leaderTimer

function move(step) {
  const links = $$('[data-row] .who')
  const at = links.indexOf(document.activeElement?.closest('[data-row]')?.querySelector('.who'))
  links[at < 0 ? (step > 0 ? 0 : links.length - 1) : at + step]?.focus()
}

const keys = {
  '/': () => { $('#q')?.focus(); $('#q')?.select() },
  '?': () => $('#keys')?.showModal?.(),
  i: () => location.assign(`${root.dataset.base || ''}/invite`),
  j: () => move(1),
  k: () => move(-1),
  ']': () => $('#page-next[href]')?.click(),
  '[': () => $('#page-prev[href]')?.click(),
}

// character is what was typed, or undefined with a modifier that makes a command of it. Alt, and AltGr, which is Ctrl and
// Alt to some browsers, are how many keyboards type "[": only with a letter do they change what is meant. A letter of
// another script than Latin stands for what an English keyboard has in its place.
function character(e) {
  if (e.isComposing || e.metaKey || e.ctrlKey && !e.altKey) return undefined
  const foreign = /^\p{L}$/u.test(e.key) && !/\p{sc=Latin}/u.test(e.key)
  const typed = foreign ? { BracketLeft: '[', BracketRight: ']' }[e.code] ?? e.code.replace('Key', '').toLowerCase() : e.key
  return /^\p{L}/u.test(typed) && (e.altKey || e.getModifierState?.('AltGraph')) ? undefined : typed
}

document.addEventListener('keydown', (e) => {
  const key = character(e)
  if (root.dataset.shortcuts === 'off' || key === undefined) return
  if (typing(e.target) || $('dialog[open]') || attempt(() => $(':popover-open'))) return
  if (leader) {
    leader = ''
    const link = /^[a-z]$/.test(key) && $(`[data-go="${key}"]`)
    if (link) { e.preventDefault(); link.click(); return }
  }
  if (key === 'g') {
    leader = 'g'
    clearTimeout(leaderTimer)
    leaderTimer = setTimeout(() => { leader = '' }, 1500)
    return
  }
  if (!Object.hasOwn(keys, key) || e.repeat && !'jk'.includes(key)) return
  e.preventDefault()
  keys[key]()
})

// --- The way back: to the list as it was left, and to the row ---

const listPath = `${root.dataset.base || ''}/users`
const recall = (name) => attempt(() => sessionStorage.getItem(name))
const cameBack = () => attempt(() => performance.getEntriesByType('navigation')[0].type) === 'back_forward' || document.referrer.startsWith(`${location.origin}${listPath}/`)

if ($('#users')) {
  const row = recall('row')
  if (row && cameBack()) document.getElementById(row)?.querySelector('.who')?.focus()
  addEventListener('pagehide', () => attempt(() => {
    sessionStorage.setItem('list', location.search)
    sessionStorage.setItem('row', lastRow?.id ?? '')
  }))
} else if ($('main.solo')) attempt(() => sessionStorage.clear())
for (const link of $$(`.back[href="${listPath}"]`)) link.search = recall('list') ?? ''

for (const el of $$('[data-reveal], [data-generate]')) el.hidden = false

// On a narrow screen the chosen tab may be out of sight.
function showTab() {
  const tab = $('.tabs [aria-current]')
  if (tab) tab.parentElement.scrollLeft = tab.offsetLeft - tab.parentElement.offsetLeft - 16
}

// whenIdle does one thing after the other, each in a moment of its own.
function whenIdle(first, ...rest) {
  const idle = window.requestIdleCallback ?? setTimeout
  if (first) idle(() => { attempt(first); whenIdle(...rest) }, { timeout: 200 })
}

// Where there are no such workers, or none that answers, the page takes the look itself.
const scout = attempt(() => new Worker(import.meta.url, { type: 'module' }))
let seen = false
function look() {
  if (seen) return
  seen = true
  scout?.terminate()
  whenIdle(lookUpZone, () => { localised = true; localise(document) }, showTab)
}
if (scout) scout.onmessage = scout.onerror = look
setTimeout(look, scout ? 5000 : 0)
