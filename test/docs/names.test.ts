// Checks that the documentation is complete: every public name is in it, and all members of a public type are on one page.
import { expect, test } from '@jest/globals'
import { codeOf, DOCUMENTS } from '../support/documents.js'
import { publicTypes } from './public-types.js'

const types = publicTypes()
const pages = DOCUMENTS.map((document) => ({ path: document.path, code: codeOf(document) }))
const has = (code: string, name: string) => new RegExp(`\\b${name}\\b`).test(code)

/** Members that need no documentation: the name of an error is that of its class. */
const OWN_NAMES: Readonly<Record<string, readonly string[]>> = { HubSpotIdentificationError: ['name'] }

test.each([...types.keys()])('%s is documented', (name) => {
  expect(pages.filter(({ code }) => has(code, name)).length).toBeGreaterThan(0)
})

const withMembers = [...types].filter(([, members]) => members.length > 0)

test.each(withMembers)('the members of %s are on a page about it', (name, members) => {
  const wanted = members.filter((member) => !OWN_NAMES[name]?.includes(member))
  const missing = pages
    .filter(({ code }) => has(code, name))
    .map(({ path, code }) => ({ path, missing: wanted.filter((member) => !has(code, member)) }))
    .sort((a, b) => a.missing.length - b.missing.length)
  expect(missing[0]?.missing).toEqual([])
})
