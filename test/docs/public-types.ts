// The public names of the three entries and the members of their types, read from lib/ with the TypeScript checker.
import { resolve, sep } from 'node:path'
import ts from 'typescript'

const ENTRIES = ['lib/index.ts', 'lib/browser/index.ts', 'lib/testing/index.ts']
const LIB = resolve('lib') + sep

/** The public names with the names of their members, without those of JavaScript itself (the `stack` of an Error). */
export type PublicTypes = ReadonlyMap<string, readonly string[]>

/** Reads the three entries. */
export function publicTypes(): PublicTypes {
  const configFile = ts.readConfigFile(resolve('tsconfig.json'), ts.sys.readFile)
  const { options } = ts.parseJsonConfigFileContent(configFile.config, ts.sys, resolve('.'))
  const program = ts.createProgram(ENTRIES, options)
  const checker = program.getTypeChecker()
  const found = new Map<string, readonly string[]>()
  for (const entry of ENTRIES) {
    const source = program.getSourceFile(entry)
    const module = source && checker.getSymbolAtLocation(source)
    if (!module) throw new Error(`${entry} is not a module.`)
    for (const exported of checker.getExportsOfModule(module)) {
      const symbol = exported.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(exported) : exported
      found.set(exported.name, membersOfSymbol(symbol, checker))
    }
  }
  return found
}

function membersOfSymbol(symbol: ts.Symbol, checker: ts.TypeChecker): string[] {
  if (!(symbol.flags & (ts.SymbolFlags.TypeAlias | ts.SymbolFlags.Class | ts.SymbolFlags.Interface))) return []
  const type = checker.getDeclaredTypeOfSymbol(symbol)
  const parts = type.isUnion() ? type.types : [type]
  const names = parts.flatMap((part) =>
    part
      .getProperties()
      .filter(isOurs)
      .map(({ name }) => name)
  )
  return [...new Set(names)].sort()
}

function isOurs({ declarations = [] }: ts.Symbol): boolean {
  return declarations.some((declaration) => resolve(declaration.getSourceFile().fileName).startsWith(LIB))
}

/** The members of one public type, sorted. */
export function membersOf(types: PublicTypes, name: string): string[] {
  const members = types.get(name)
  if (!members?.length) throw new Error(`There is no public type ${name} with members.`)
  return [...members]
}
