// Compiles code blocks of the documentation against lib/, with the declarations that an app has around them.
import { resolve } from 'node:path'
import ts from 'typescript'

const ROOT = resolve('.')

/** The code around a block. */
const PRELUDE = `
import { randomBytes } from 'node:crypto'
import type { Express, Request, Response } from 'express'
import session from 'express-session'
import helmet from 'helmet'
import passport from 'passport'
import type { HubSpotIdentification } from 'express-hubspot-identification'
declare const app: Express
declare const histogram: { record(value: number, attributes: object): void }
declare const counter: { add(value: number, attributes: object): void }
declare const logger: { warn(attributes: object, message: string): void }
declare const users: { findById(id: string | undefined): Promise<object | undefined> }
declare function currentAccessToken(): Promise<string>
declare function waitUntil(work: Promise<unknown>): void
declare module 'express-session' {
  interface SessionData {
    actingAs?: string
    user?: object
    userId?: string
    account?: { workEmail: string; name: string; plan: string; isConfirmed: boolean }
    hubspotToken?: string
  }
}
declare global {
  namespace Express {
    interface User { email?: string; firstName?: string }
  }
}
`

function whole(code: string): string {
  const lines = [PRELUDE]
  if (/hubspotIdentification\(/.test(code) && !/import \{[^}]*\bhubspotIdentification\b/.test(code))
    lines.push("import { hubspotIdentification } from 'express-hubspot-identification'")
  if (/\bidentification\b/.test(code) && !/const identification =/.test(code))
    lines.push('declare const identification: HubSpotIdentification')
  return `${lines.join('\n')}\n${code}\nexport {}\n`
}

/** The compiler's errors for these blocks, each as a separate file; in less strict mode for JavaScript. */
export function compile(blocks: readonly string[], { strict = true } = {}): string[] {
  const configFile = ts.readConfigFile(`${ROOT}/tsconfig.json`, ts.sys.readFile)
  const { options } = ts.parseJsonConfigFileContent(configFile.config, ts.sys, ROOT)
  const files = new Map(blocks.map((block, index) => [`${ROOT}/test/docs/block-${index}.ts`, whole(block)]))
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
    { ...options, strict, noUnusedLocals: false, noUnusedParameters: false },
    host
  )
  return ts
    .getPreEmitDiagnostics(program)
    .filter(({ file }) => file && files.has(file.fileName))
    .map(({ file, messageText }) => `${file?.fileName}: ${ts.flattenDiagnosticMessageText(messageText, '\n')}`)
}
