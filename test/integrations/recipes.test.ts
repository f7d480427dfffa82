// docs/logins.md: each block is a recipe that is run, each login has one, and the contents link every section.
import { readFileSync } from 'node:fs'
import { expect, test } from '@jest/globals'
import { LOGINS } from './logins.js'
import { otherBlocks, recipesOf } from './recipes.js'

const PAGE = 'logins.md'
const TEXT = readFileSync(`docs/${PAGE}`, 'utf8')

/** The anchor that GitHub makes: https://docs.github.com/get-started/writing-on-github/getting-started-with-writing-and-formatting-on-github/basic-writing-and-formatting-syntax#section-links */
function anchorOf(heading: string): string {
  return heading
    .toLowerCase()
    .replace(/[^\w\- ]/g, '')
    .replaceAll(' ', '-')
}

test('every block of docs/logins.md is a file that is run', () => {
  expect(otherBlocks().filter(({ page }) => page === PAGE)).toEqual([])
})

test('the recipes are those of the tested logins', () => {
  const folders = recipesOf().filter(({ page }) => page === PAGE)
  expect([...new Set(folders.map(({ path }) => path.split('/')[0]))].sort()).toEqual(Object.keys(LOGINS).sort())
})

test('the contents link every section once', () => {
  const headings = [...TEXT.matchAll(/^## (.+)$/gm)].map(([, heading = '']) => anchorOf(heading))
  const links = [...TEXT.matchAll(/\]\(#([^)]+)\)/g)].map(([, anchor]) => anchor)
  expect(links.sort()).toEqual(headings.sort())
})
