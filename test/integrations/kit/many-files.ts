// A page with 30 files behind the middleware, requested as by a browser, to count the calls of the provider.
import type { Express } from 'express'
import type { Browser } from './browser.js'

const DESTINATIONS = ['image', 'script', 'style', 'font', 'empty']

/** Routes for the files of a page. */
export function serveFiles(app: Express): void {
  app.get('/file/:number', (_req, res) => void res.send('file'))
}

/** Loads a page and then its 30 files at once. */
export async function loadPageWithFiles(browser: Browser, url: string, page: string): Promise<void> {
  await browser.get(page, { 'sec-fetch-dest': 'document' })
  const files = Array.from({ length: 30 }, (_, index) =>
    browser.get(`${url}/file/${index}`, { 'sec-fetch-dest': DESTINATIONS[index % DESTINATIONS.length] ?? '' })
  )
  await Promise.all(files)
}
