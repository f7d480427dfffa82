// Holds the recipe of docs/scaling-out.md to the recipe that the tests of this folder run: they put it through every outage.
import { readFileSync } from 'node:fs'
import { expect, test } from '@jest/globals'
import { blocksOf, documentAt } from '../support/documents.js'

/** Line breaks and the spelling that TypeScript's strictest mode asks for do not matter. */
function normalized(code: string): string {
  return code
    .replace(/\['(\w+)'\]/g, '.$1')
    .replace(/\(error: Error\)/g, '(error)')
    .replace(/\s+/g, ' ')
    .trim()
}

test('the page prints the recipe as it is tested: with an error listener, an outage of Redis does not end the process', () => {
  const source = readFileSync(new URL('./recipe.ts', import.meta.url), 'utf8')
  const tested = /docs: from here\n([\s\S]*?),?\n\s*\/\/ docs: to here/.exec(source)?.[1] ?? ''
  const printed =
    blocksOf(documentAt('docs/scaling-out.md')).find(({ code }) => code.includes('RateLimiterRedis'))?.code ?? ''
  expect(normalized(printed)).toContain(normalized(tested))
})
