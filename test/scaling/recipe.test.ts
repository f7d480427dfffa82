// Compares the recipe in docs/scaling-out.md with the one that the tests of this folder run.
import { readFileSync } from 'node:fs'
import { expect, test } from '@jest/globals'
import { blocksOf, documentAt } from '../support/documents.js'

/** Ignores line breaks, and syntax that only TypeScript's strictest mode requires. */
function normalized(code: string): string {
  return code
    .replace(/\['(\w+)'\]/g, '.$1')
    .replace(/\(error: Error\)/g, '(error)')
    .replace(/\s+/g, ' ')
    .trim()
}

test('the page has the recipe that is tested here', () => {
  const source = readFileSync(new URL('./recipe.ts', import.meta.url), 'utf8')
  const tested = /docs: from here\n([\s\S]*?),?\n\s*\/\/ docs: to here/.exec(source)?.[1] ?? ''
  const printed =
    blocksOf(documentAt('docs/scaling-out.md')).find(({ code }) => code.includes('RateLimiterRedis'))?.code ?? ''
  expect(normalized(printed)).toContain(normalized(tested))
})
