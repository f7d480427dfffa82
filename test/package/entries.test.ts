// The public names of the built package: the exports of each entry in both module systems, and its types.
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { describe, expect, test } from '@jest/globals'
import ts from 'typescript'

const ENTRIES = [
  {
    entry: '.',
    file: 'index',
    values: ['HubSpotIdentificationError', 'cspDirectives', 'hubspotIdentification', 'visitorFrom'],
    types: [
      'CspDirectives',
      'CspOptions',
      'FetchLike',
      'HubSpotConversationsSettings',
      'HubSpotIdentification',
      'HubSpotIdentificationErrorCode',
      'HubSpotIdentificationOptions',
      'HubSpotLocals',
      'Identification',
      'KeptIdentification',
      'MintEvent',
      'NotIdentifiedReason',
      'PageSettings',
      'RateLimiter',
      'RequestEvent',
      'RequestOutcome',
      'SharedTokenStore',
      'TokenEndpointOptions',
      'Visitor'
    ]
  },
  {
    entry: './browser',
    file: 'browser/index',
    values: ['forgetVisitor', 'startChat'],
    types: ['ChatHandle', 'ChatSettings', 'IdentityState', 'StartChatOptions', 'TokenAnswer']
  },
  {
    entry: './testing',
    file: 'testing/index',
    values: ['startHubSpotSimulator'],
    types: [
      'FaultKind',
      'FaultRule',
      'HubSpotSimulator',
      'HubSpotSimulatorOptions',
      'SimulatorConversation',
      'SimulatorFault',
      'SimulatorMessage',
      'SimulatorRequest',
      'VerifiedToken'
    ]
  }
]

/** The exported names, read by Node in the folder of the package, where it can be imported by its name. */
function namesIn(script: string, inputType: 'module' | 'commonjs'): string[] {
  const output = execFileSync(process.execPath, [`--input-type=${inputType}`, '--eval', script], { encoding: 'utf8' })
  return (JSON.parse(output) as string[]).sort()
}

/** The exported names of a declaration file. */
function declaredNames(path: string): { types: string[]; values: string[] } {
  const names: { types: string[]; values: string[] } = { types: [], values: [] }
  for (const node of ts.createSourceFile(path, readFileSync(path, 'utf8'), ts.ScriptTarget.Latest).statements) {
    if (!ts.isExportDeclaration(node) || !node.exportClause || !ts.isNamedExports(node.exportClause)) {
      throw new Error(`${path} holds more than lists of names.`)
    }
    for (const { name, isTypeOnly } of node.exportClause.elements) {
      names[node.isTypeOnly || isTypeOnly ? 'types' : 'values'].push(name.text)
    }
  }
  return { types: names.types.sort(), values: names.values.sort() }
}

describe.each(ENTRIES)('the entry $entry', ({ entry, file, values, types }) => {
  const specifier = JSON.stringify(entry.replace('.', 'express-hubspot-identification'))

  test('exports exactly its values to import', () => {
    const script = `console.log(JSON.stringify(Object.keys(await import(${specifier}))))`
    expect(namesIn(script, 'module')).toEqual(values)
  })

  test('exports exactly its values to require', () => {
    expect(namesIn(`console.log(JSON.stringify(Object.keys(require(${specifier}))))`, 'commonjs')).toEqual(values)
  })

  test.each(['esm', 'cjs'])('declares exactly its values and types (%s)', (format) => {
    expect(declaredNames(`dist/${format}/${file}.d.ts`)).toEqual({ values, types })
  })
})
