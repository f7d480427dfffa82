// Holds the documentation to being whole: every public name, and every member of a public type, is explained where its type is.
import { expect, test } from '@jest/globals'
import { codeOf, DOCUMENTS } from '../support/documents.js'
import { publicTypes } from './public-types.js'

const types = publicTypes()
const pages = DOCUMENTS.map((document) => ({ path: document.path, code: codeOf(document) }))
const has = (code: string, name: string) => new RegExp(`\\b${name}\\b`).test(code)

/** Never written by an app: an error's name is its class, and `hubspot.settings` is what a view sees. */
const OWN_NAMES: Readonly<Record<string, readonly string[]>> = { HubSpotIdentificationError: ['name'] }

test.each([...types.keys()])('%s is named', (name) => {
  expect(pages.filter(({ code }) => has(code, name)).length).toBeGreaterThan(0)
})

const withMembers = [...types].filter(([, members]) => members.length > 0)

test.each(withMembers)('%s: its members are named on a page that names it', (name, members) => {
  const wanted = members.filter((member) => !OWN_NAMES[name]?.includes(member))
  const missing = pages
    .filter(({ code }) => has(code, name))
    .map(({ path, code }) => ({ path, missing: wanted.filter((member) => !has(code, member)) }))
    .sort((a, b) => a.missing.length - b.missing.length)
  expect(missing[0]?.missing).toEqual([])
})
