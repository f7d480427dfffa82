// Holds the README to the code: every TypeScript block compiles, the recipes run, and the tables name what there is.

import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from '@jest/globals'
import { transformSync } from 'esbuild'
import express from 'express'
import request from 'supertest'
import ts from 'typescript'
import { hubspotIdentification } from '../lib/index.js'
import { startHubSpotSimulator } from '../lib/testing/index.js'
import { ENGINE_LINES } from './support/engine-lines.js'
import { codeBlocks, readme, tableUnder } from './support/readme.js'

const root = fileURLToPath(new URL('..', import.meta.url))

/** What an app has around the lines that the README shows. */
const PRELUDE = `
import { randomBytes } from 'node:crypto'
import type { Express, Response } from 'express'
import session from 'express-session'
import helmet from 'helmet'
import passport from 'passport'
import type { HubSpotIdentification } from 'express-hubspot-identification'
declare const app: Express
declare const histogram: { record(value: number, attributes: object): void }
declare const counter: { add(value: number, attributes: object): void }
declare module 'express-session' { interface SessionData { actingAs?: string } }
`

function compile(blocks: string[]): string[] {
  const configFile = ts.readConfigFile(`${root}tsconfig.json`, ts.sys.readFile)
  const { options } = ts.parseJsonConfigFileContent(configFile.config, ts.sys, root)
  const files = new Map(
    blocks.map((block, index) => {
      const declared = /\bidentification\b(?! =)/.test(block) && !/const identification =/.test(block)
      const known = declared ? 'declare const identification: HubSpotIdentification\n' : ''
      const needed = /hubspotIdentification\(/.test(block) && !/import \{ hubspotIdentification/.test(block)
      const factory = needed ? "import { hubspotIdentification } from 'express-hubspot-identification'\n" : ''
      return [`${root}test/readme-block-${index}.ts`, `${PRELUDE}${factory}${known}${block}\nexport {}\n`]
    })
  )
  const host = ts.createCompilerHost(options)
  const { getSourceFile, fileExists, readFile } = host
  host.fileExists = (name) => files.has(name) || fileExists.call(host, name)
  host.readFile = (name) => files.get(name) ?? readFile.call(host, name)
  host.getSourceFile = (name, target, ...rest) => {
    const source = files.get(name)
    return source === undefined
      ? getSourceFile.call(host, name, target, ...rest)
      : ts.createSourceFile(name, source, target)
  }
  const program = ts.createProgram(
    [...files.keys()],
    { ...options, noUnusedLocals: false, noUnusedParameters: false },
    host
  )
  return ts
    .getPreEmitDiagnostics(program)
    .filter((diagnostic) => diagnostic.file && files.has(diagnostic.file.fileName))
    .map(
      (diagnostic) => `${diagnostic.file?.fileName}: ${ts.flattenDiagnosticMessageText(diagnostic.messageText, '\n')}`
    )
}

describe('README', () => {
  test('has TypeScript blocks that all compile against the built package', () => {
    const blocks = codeBlocks('ts')
    expect(blocks.length).toBeGreaterThanOrEqual(7)
    expect(compile(blocks)).toEqual([])
  }, 60_000)

  test('notices a block that does not compile', () => {
    expect(compile(['app.use(identification.tokenEndpont())'])).toHaveLength(1)
  }, 60_000)

  test('names every option once, and no other', () => {
    const source = ['options', 'page-options']
      .map((name) => readFileSync(`${root}lib/options/${name}.ts`, 'utf8'))
      .join('\n')
    const options = [...source.matchAll(/^ {2}(\w+)\??: /gm)].map((match) => match[1])
    expect(
      tableUnder('Options')
        .map(([name]) => name)
        .sort()
    ).toEqual(options.sort())
  })

  test('gives the defaults that the code has', () => {
    const rows = new Map(tableUnder('Options').map(([name, , value]) => [name, value]))
    expect(rows.get('maxWaitMs')).toBe('1000')
    expect(rows.get('timeoutMs')).toBe('5000')
    expect(rows.get('retries')).toBe('2')
    expect(rows.get('apiVersion')).toBe("'2026-09'")
    expect(rows.get('region')).toBe("'na1'")
  })

  test('names every error code once, and no other', () => {
    const source = readFileSync(`${root}lib/errors.ts`, 'utf8')
    const codes = [...source.matchAll(/^ {2}\| '(ERR_\w+)'/gm)].map((match) => match[1])
    expect(tableUnder('Errors').map(([code]) => code)).toEqual(codes)
  })

  test('names everything a view sees', () => {
    const source = readFileSync(`${root}lib/page/locals.ts`, 'utf8')
    const type = source.slice(
      source.indexOf('export type HubSpotLocals'),
      source.indexOf('/** The part of the settings')
    )
    // Some are named twice, for an identified page and for another.
    const properties = new Set([...type.matchAll(/readonly (\w+):/g)].map((match) => match[1]))
    const named = tableUnder('What a view sees').flatMap(([cell]) => cell?.split(/[`, ]+/).filter(Boolean))
    expect(new Set(named)).toEqual(properties)
  })

  test('gives each template engine the lines that are tested with it', () => {
    const rows = tableUnder('Quick start').filter(([engine]) => engine)
    expect(rows.slice(0, ENGINE_LINES.length)).toEqual(
      ENGINE_LINES.map(({ engine, line, guarded }) => [engine, line, guarded])
    )
  })

  test('has a metrics recipe that works', async () => {
    const recipe = codeBlocks('ts').find((block) => block.includes('diagnostics_channel')) ?? ''
    const { code } = transformSync(recipe.replace(/^import .*$/gm, ''), { loader: 'ts' })
    const seen: unknown[] = []
    const listeners: [string, Parameters<typeof subscribe>[1]][] = []
    const run = new Function('subscribe', 'histogram', 'counter', code)
    run(
      (name: string, listener: Parameters<typeof subscribe>[1]) => {
        listeners.push([name, listener])
        subscribe(name, listener)
      },
      {
        record: (value: number, attributes: object) =>
          seen.push({ durationIsNumber: Number.isFinite(value), ...attributes })
      },
      { add: (value: number, attributes: object) => seen.push({ value, ...attributes }) }
    )
    const hubspot = await startHubSpotSimulator()
    try {
      const app = express()
      app.use((req, _res, next) => {
        Object.assign(req, { user: { email: 'jane@example.com' }, session: {} })
        next()
      })
      app.use(hubspotIdentification({ accessToken: 'any', baseUrl: hubspot.url }))
      app.get('/', (_req, res) => void res.send('ok'))
      await request(app).get('/').expect(200)
    } finally {
      for (const [name, listener] of listeners) unsubscribe(name, listener)
      await hubspot.close()
    }
    expect(seen).toContainEqual({ durationIsNumber: true, outcome: 'minted', attempts: 1 })
    expect(seen).toContainEqual({ value: 1, outcome: 'minted' })
  })

  test('stays short enough to be read', () => {
    expect(readme().split('\n').length).toBeLessThan(350)
  })
})
