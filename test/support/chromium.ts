// Finds and starts the Chromium of this machine for tests; prints NOT TESTED if there is none.
import { existsSync } from 'node:fs'
import { describe } from '@jest/globals'
import { type Browser, chromium } from 'playwright-core'

/** The path of Chromium (`CHROMIUM_PATH`, else that of Debian's package); `undefined` if it is not installed. */
export function chromiumPath(): string | undefined {
  const path = process.env['CHROMIUM_PATH'] ?? '/usr/bin/chromium'
  return existsSync(path) ? path : undefined
}

/** A `describe` that is skipped with a message without Chromium; with `REQUIRE_ALL=1` that is an error. */
export function describeWithChromium(name: string, fn: () => void): void {
  if (chromiumPath() !== undefined) {
    describe(name, fn)
    return
  }
  const message = `NOT TESTED, Chromium is missing (set CHROMIUM_PATH): ${name}`
  if (process.env['REQUIRE_ALL'] === '1') throw new Error(message)
  process.stderr.write(`\n*** ${message} ***\n\n`)
  describe.skip(name, fn)
}

/** Starts a headless Chromium without background traffic; the caller closes it. */
export async function launchChromium(): Promise<Browser> {
  const executablePath = chromiumPath()
  if (executablePath === undefined) throw new Error('Chromium is missing: set CHROMIUM_PATH to its binary.')
  return chromium.launch({
    executablePath,
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      '--no-first-run'
    ]
  })
}
