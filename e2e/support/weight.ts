import type { Page } from '@playwright/test'

/** Counts the requests of a page: paths, and bytes received with headers. What the browser's cache served is marked as cached. */
export async function weigh(page: Page) {
  const weight = { paths: [] as string[], cached: [] as string[], bytes: 0 }
  const session = await page.context().newCDPSession(page)
  await session.send('Network.enable')
  const paths = new Map<string, string>()
  const kept = new Set<string>()
  session.on('Network.requestWillBeSent', (e) => paths.set(e.requestId, new URL(e.request.url).pathname))
  session.on('Network.requestServedFromCache', (e) => kept.add(e.requestId))
  session.on('Network.responseReceived', (e) => { if (e.response.fromDiskCache) kept.add(e.requestId) })
  session.on('Network.loadingFinished', (e) => {
    const path = paths.get(e.requestId) ?? ''
    if (kept.has(e.requestId)) {
      weight.cached.push(path)
      return
    }
    weight.paths.push(path)
    weight.bytes += e.encodedDataLength
  })
  return weight
}
