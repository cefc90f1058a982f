// Lighthouse over the demo, as an administrator on a desktop and on a phone: make lighthouse (RUNS=3).
// It fails below 100 for accessibility and best practices. Performance is told as the median of the runs, and never
// fails: a busy machine is no fault of the code.
import { spawn } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { launch } from 'chrome-launcher'
import lighthouse, { desktopConfig } from 'lighthouse'
import puppeteer from 'puppeteer-core'
import { findBrowser, launchArgs } from '../support/browser.mjs'

const here = (path) => fileURLToPath(new URL(path, import.meta.url))
const runs = Number(process.env.RUNS ?? 3)
const folder = here('../../.cache/lighthouse')

/** Starts a demo with a thousand accounts and gives its address and that of its stand-in. */
async function startDemo() {
  const demo = spawn(process.env.DEMO_BIN ?? here('../../.cache/demo'), ['--listen=127.0.0.1:0', '--stand-in=127.0.0.1:0', '--users=1000', '--seats=1100'], { stdio: ['ignore', 'pipe', 'inherit'] })
  const addresses = await new Promise((resolve, reject) => {
    let said = ''
    demo.stdout.on('data', (chunk) => {
      said += chunk
      const [url, standIn] = [/Open\s+(http\S+)/, /Stand-in\s+(http\S+)/].map((line) => line.exec(said)?.[1])
      if (url && standIn) resolve({ url, standIn })
    })
    demo.once('exit', (code) => reject(new Error(`the demo ended with code ${code}:\n${said}`)))
  })
  return { ...addresses, stop: () => demo.kill('SIGTERM') }
}

async function signIn(port, url) {
  const browser = await puppeteer.connect({ browserURL: `http://127.0.0.1:${port}` })
  const page = await browser.newPage()
  await page.goto(`${url}/users`)
  await page.type('input[name=username]', 'admin@example.com')
  await page.type('input[type=password]', 'demo')
  await Promise.all([page.waitForNavigation({ waitUntil: 'networkidle0' }), page.keyboard.press('Enter')])
  if (new URL(page.url()).pathname !== '/users') throw new Error(`the sign-in ended at ${page.url()}`)
  await page.close()
  await browser.disconnect()
}

const median = (list) => list.sort((a, b) => a - b)[Math.floor(list.length / 2)]

/** One run. A browser that was too busy to write down its trace is asked again. */
async function once(port, url, form) {
  let why
  for (let attempt = 0; attempt < 3; attempt++) {
    const result = await lighthouse(url, {
      port, output: 'html', logLevel: 'silent', disableStorageReset: true,
      onlyCategories: ['performance', 'accessibility', 'best-practices'],
    }, form === 'desktop' ? desktopConfig : undefined)
    if (result && !result.lhr.runtimeError) return result
    why = result?.lhr.runtimeError?.message
  }
  throw new Error(`${url}: ${why}`)
}

/** Audits one page some times: the scores, in percent, and what was found. */
async function audit(port, url, form) {
  const scores = {}
  const faults = new Set()
  let report = ''
  for (let run = 0; run < runs; run++) {
    const result = await once(port, url, form)
    report = String(result.report)
    for (const [name, category] of Object.entries(result.lhr.categories)) {
      (scores[name] ??= []).push(Math.round((category.score ?? 0) * 100))
      if (name === 'performance') continue
      for (const { id, weight } of category.auditRefs) {
        const { score, title } = result.lhr.audits[id]
        if (weight > 0 && score !== null && score < 1) faults.add(`${id}: ${title}`)
      }
    }
  }
  return { scores, faults, report }
}

const demo = await startDemo()
const chrome = await launch({ chromePath: findBrowser(), chromeFlags: ['--headless=new', ...launchArgs], logLevel: 'error' })
const failed = []
try {
  mkdirSync(folder, { recursive: true })
  const [account] = await (await fetch(`${demo.standIn}/control/users?user=dora.other@example.com`)).json()
  const pages = { 'signed-out': '/signed-out', users: '/users', details: `/users/${account.id}` }
  console.log(['page', 'form', 'performance', 'accessibility', 'best practices'].join('\t'))
  for (const [name, path] of Object.entries(pages)) {
    if (name === 'users') await signIn(chrome.port, demo.url)
    for (const form of ['desktop', 'mobile']) {
      const { scores, faults, report } = await audit(chrome.port, demo.url + path, form)
      writeFileSync(`${folder}/${name}-${form}.html`, report)
      console.log([name, form, `${median(scores.performance)} (${scores.performance.join(' ')})`, Math.min(...scores.accessibility), Math.min(...scores['best-practices'])].join('\t'))
      for (const fault of faults) failed.push(`${name}, ${form}: ${fault}`)
      if (Math.min(...scores.accessibility, ...scores['best-practices']) < 100 && faults.size === 0) failed.push(`${name}, ${form}: below 100`)
    }
  }
} finally {
  chrome.kill()
  demo.stop()
}
console.log(`Reports are in .cache/lighthouse. ${failed.length ? 'Below 100:' : 'Accessibility and best practices are 100 everywhere.'}`)
for (const line of failed) console.error(line)
process.exitCode = failed.length ? 1 : 0
