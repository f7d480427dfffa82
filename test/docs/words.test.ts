// Limits the length of the README, code and tables included.
import { expect, test } from '@jest/globals'
import { documentAt } from '../support/documents.js'

test('the README has at most 900 words', () => {
  const words = documentAt('README.md').text.split(/\s+/).filter(Boolean)
  expect(words.length).toBeLessThanOrEqual(900)
})
