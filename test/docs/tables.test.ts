// Compares the tables of README and docs/ with the code: no row is missing, and there are no others.
import { readFileSync } from 'node:fs'
import { describe, expect, test } from '@jest/globals'
import { FLAGS } from '../../lib/cli/flags.js'
import { resolveOptions } from '../../lib/options/resolve-options.js'
import { VERIFICATION_MARKS, VERIFICATION_PLACES, VERIFICATION_STATUS } from '../../lib/visitor/verification-marks.js'
import { isClearYes } from '../../lib/visitor/verification-values.js'
import { codeIn, tableOf } from '../support/documents.js'
import { ENGINE_LINES } from '../support/engine-lines.js'
import { membersOf, publicTypes } from './public-types.js'

const types = publicTypes()
const firstOf = (rows: string[][]) => rows.map(([cell = '']) => cell)
/** The name at the start of each piece of code: `answer(text)` is `answer`. */
const namesIn = (cells: string[]) =>
  cells.flatMap((cell) => (cell.includes('`') ? codeIn(cell) : [cell])).map((code) => code.replace(/\W.*$/, ''))
/** A default as it is written in a table; a number for one that is written in words. */
const read = (value: unknown, written: string) => (/^\d+ /.test(written) ? value : String(value))
/** The words of a union type, in the order of its declaration. */
const wordsOf = (name: string, file: string) => {
  const source = readFileSync(file, 'utf8')
  const body = new RegExp(`export type ${name} =\\n((?:  \\| '.*'\\n)+)`).exec(source)?.[1] ?? ''
  return [...body.matchAll(/'(.*)'/g)].map(([, word]) => word)
}

describe('the options', () => {
  const rows = tableOf('docs/options.md', 'Option')

  test('are all there, in any order', () => {
    expect(firstOf(rows).sort()).toEqual(membersOf(types, 'HubSpotIdentificationOptions'))
  })

  test('have the defaults of the code', () => {
    const defaults = resolveOptions({ accessToken: 'any' }) as Record<string, unknown>
    const inWords: Record<string, unknown> = { '1 hour': 60 * 60 * 1000, '12 hours': 12 * 60 * 60 * 1000 }
    const said = rows
      .filter(([name = '']) => ['boolean', 'number', 'string'].includes(typeof defaults[name]))
      .filter(([name = '']) => name !== 'accessToken' && name !== 'account')
      // After a semicolon there is an exception.
      .map(([name = '', , value = '']) => [name, value.replace(/;.*$/, '').replaceAll(/[`']/g, '')])
    expect(said.length).toBeGreaterThan(10)
    const wrong = said.filter(([name = '', value = '']) => (inWords[value] ?? value) !== read(defaults[name], value))
    expect(wrong).toEqual([])
  })

  test('have a table of the members of the middleware', () => {
    expect(namesIn(firstOf(tableOf('docs/options.md', 'Member'))).sort()).toEqual(
      membersOf(types, 'HubSpotIdentification')
    )
  })
})

test('the error codes', () => {
  expect(firstOf(tableOf('docs/errors.md', 'Code'))).toEqual(wordsOf('HubSpotIdentificationErrorCode', 'lib/errors.ts'))
})

test('the fields of an error', () => {
  const own = membersOf(types, 'HubSpotIdentificationError').filter((name) => name !== 'name')
  expect(firstOf(tableOf('docs/errors.md', 'Field')).sort()).toEqual([...own, 'cause'].sort())
})

test('the reasons', () => {
  expect(firstOf(tableOf('README.md', 'Reason'))).toEqual(wordsOf('NotIdentifiedReason', 'lib/diagnostics.ts'))
})

test('the outcomes', () => {
  expect(firstOf(tableOf('docs/errors.md', 'Outcome'))).toEqual(wordsOf('RequestOutcome', 'lib/diagnostics.ts'))
})

describe('the marks of verification', () => {
  const rows = tableOf('README.md', 'Verification')
  const cell = (name: string) => codeIn(rows.find(([first]) => first === name)?.[1] ?? '')

  test('have the names of the code', () => {
    expect(cell('Marks')).toEqual([...VERIFICATION_MARKS, VERIFICATION_STATUS.mark])
  })

  test('have the places of the code', () => {
    expect(cell('Looked for on')).toEqual([...VERIFICATION_PLACES, 'emails', 'emailAddresses'])
  })

  test('have the values that the code accepts as yes', () => {
    const words = cell('Yes')
    expect(words.filter((word) => !isClearYes(word))).toEqual([])
    const source = readFileSync('lib/visitor/verification-values.ts', 'utf8')
    const known = [...(/YES_WORDS = new Set\(\[(.*)\]\)/.exec(source)?.[1] ?? '').matchAll(/'(\w+)'/g)]
    expect(words.sort()).toEqual(known.map(([, word = '']) => word).sort())
  })
})

describe('the template engines', () => {
  test('have the tested lines in the README', () => {
    expect(tableOf('README.md', 'Engine')).toEqual(ENGINE_LINES.map(({ engine, line }) => [engine, line]))
  })

  test('have the tested guarded lines in docs/views.md', () => {
    expect(tableOf('docs/views.md', 'Engine')).toEqual(ENGINE_LINES.map(({ engine, guarded }) => [engine, guarded]))
  })
})

test('the properties of a view', () => {
  expect(namesIn(firstOf(tableOf('docs/views.md', 'Property'))).sort()).toEqual(membersOf(types, 'HubSpotLocals'))
})

test('the options of startChat', () => {
  expect(firstOf(tableOf('docs/single-page-apps.md', 'Option of `startChat`')).sort()).toEqual(
    membersOf(types, 'StartChatOptions')
  )
})

describe('the simulator', () => {
  test('its options', () => {
    expect(firstOf(tableOf('docs/testing.md', 'Option of `startHubSpotSimulator`')).sort()).toEqual(
      membersOf(types, 'HubSpotSimulatorOptions')
    )
  })

  test('its members', () => {
    expect(namesIn(firstOf(tableOf('docs/testing.md', 'Member of `HubSpotSimulator`'))).sort()).toEqual(
      membersOf(types, 'HubSpotSimulator')
    )
  })

  test('its rules', () => {
    expect(namesIn(firstOf(tableOf('docs/testing.md', 'Rule'))).sort()).toEqual(membersOf(types, 'FaultRule'))
  })

  test('its kinds of faults', () => {
    const named = firstOf(tableOf('docs/testing.md', 'Kind')).flatMap((cell) => [...cell.matchAll(/(\w+)[?:, }]/g)])
    const words = new Set(named.map(([, word]) => word))
    expect(membersOf(types, 'FaultKind').filter((name) => !words.has(name))).toEqual([])
  })
})

test('the checks of a page', () => {
  const source = readFileSync('lib/cli/check.ts', 'utf8')
  const ids = [...source.matchAll(/'(page(?:-[a-z-]+)?)'/g)].map(([, id = '']) => id)
  expect(ids.length).toBeGreaterThan(5)
  expect(firstOf(tableOf('docs/doctor-and-simulator.md', 'Check (`id` in `--json`)'))).toEqual([...new Set(ids)])
})

test('the flags of the command line', () => {
  const given = [...readFileSync('docs/doctor-and-simulator.md', 'utf8').matchAll(/(?<=[`\s])--([a-z][a-z-]*)/g)]
  expect([...new Set(given.map(([, flag = '']) => flag))].sort()).toEqual(Object.keys(FLAGS).sort())
})
