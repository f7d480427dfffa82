// Holds the README's "Scaling out" to the recipe that the tests of this folder run: they put it through every outage.
import { readFileSync } from 'node:fs'
import { expect, test } from '@jest/globals'
import { codeBlocks } from '../support/readme.js'

/** Line breaks and the spelling that TypeScript's strictest mode asks for do not matter. */
function normalized(code: string): string {
  return code
    .replace(/\['(\w+)'\]/g, '.$1')
    .replace(/\(error: Error\)/g, '(error)')
    .replace(/\s+/g, ' ')
    .trim()
}

test('the README prints the recipe as it is tested: with an error listener, an outage of Redis does not end the process', () => {
  const source = readFileSync(new URL('./recipe.ts', import.meta.url), 'utf8')
  const tested = /README: from here\n([\s\S]*?),?\n\s*\/\/ README: to here/.exec(source)?.[1] ?? ''
  const printed = codeBlocks('ts').find((block) => block.includes('RateLimiterRedis')) ?? ''
  expect(normalized(printed)).toContain(normalized(tested))
})
