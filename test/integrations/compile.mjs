// Compiles the integrations of a folder in place, each separately: `node compile.mjs <folder> <name>...`; prints the errors of each.
//
// All packages are installed in one folder, but each integration can import only those in its own package.json.
import { readdirSync, readFileSync } from 'node:fs'
import { join, resolve, sep } from 'node:path'
import ts from 'typescript'

const [folder = '', ...names] = process.argv.slice(2)
const apps = resolve(folder)
const EVERYWHERE = ['express', 'express-hubspot-identification', 'packed-express-hubspot-identification', 'react']

const options = {
  target: ts.ScriptTarget.ES2022,
  module: ts.ModuleKind.NodeNext,
  moduleResolution: ts.ModuleResolutionKind.NodeNext,
  lib: ['lib.es2024.d.ts', 'lib.dom.d.ts', 'lib.dom.iterable.d.ts'],
  types: ['node'],
  typeRoots: [join(apps, '../../node_modules/@types')],
  jsx: ts.JsxEmit.ReactJSX,
  strict: true,
  noUncheckedIndexedAccess: true,
  noImplicitOverride: true,
  experimentalDecorators: true,
  emitDecoratorMetadata: true,
  skipLibCheck: true
}

const parsed = new Map()
const host = ts.createCompilerHost(options)
const { getSourceFile } = host
host.getSourceFile = (name, target, ...rest) => {
  if (!parsed.has(name)) parsed.set(name, getSourceFile.call(host, name, target, ...rest))
  return parsed.get(name)
}

function compile(name) {
  const dependencies = Object.keys(JSON.parse(readFileSync(join(apps, name, 'package.json'), 'utf8')).dependencies)
  const isInstalled = (specifier) => {
    const [scope = '', second = ''] = specifier.split('/')
    const packageName = scope.startsWith('@') ? `${scope}/${second}` : scope
    return [...EVERYWHERE, ...dependencies].includes(packageName)
  }
  host.resolveModuleNameLiterals = (literals, from, redirected, compilerOptions, file) =>
    literals.map((literal) => {
      const isOurs = from.startsWith(apps + sep) || from.includes('packed-express-hubspot-identification')
      const isLocal = /^(\.|node:)/.test(literal.text)
      if (isOurs && !isLocal && !isInstalled(literal.text)) return { resolvedModule: undefined }
      const mode = ts.getModeForUsageLocation(file, literal, compilerOptions)
      return ts.resolveModuleName(literal.text, from, compilerOptions, host, undefined, redirected, mode)
    })
  const rootNames = readdirSync(join(apps, name), { recursive: true })
    .filter((path) => /\.tsx?$/.test(path))
    .map((path) => join(apps, name, path))
  const program = ts.createProgram(rootNames, options, host)
  const diagnostics = ts.getPreEmitDiagnostics(program)
  program.emit()
  return diagnostics.map(({ file, start = 0, messageText }) => {
    const at = file ? `${file.fileName.replace(apps, '')}:${file.getLineAndCharacterOfPosition(start).line + 1} ` : ''
    return at + ts.flattenDiagnosticMessageText(messageText, '\n')
  })
}

console.log(JSON.stringify(Object.fromEntries(names.map((name) => [name, compile(name)]))))
