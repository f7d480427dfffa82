// Reads the files of lib/ with the TypeScript parser: the imports of each, and whether it uses the type `any`.
import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, posix } from 'node:path'
import ts from 'typescript'

/** The folders of lib/ and the files of its root in layers (floors), lowest first. Each may import from itself and from lower ones. */
export const FLOORS: readonly (readonly string[])[] = [
  ['errors', 'diagnostics'],
  ['visitor'],
  ['mint'],
  ['tokens'],
  ['session', 'page'],
  ['request'],
  ['endpoints', 'options'],
  ['middleware'],
  ['index']
]
/** Folders of other entries, which no other folder imports. */
export const OTHER_ENTRIES: readonly string[] = ['browser', 'testing', 'cli']

/** One import of a file: of a file of lib/ (`path`, without its extension) or of a package (`specifier`). */
export type Import = {
  readonly specifier: string
  readonly path: string | undefined
  readonly typeOnly: boolean
  /** Whether it is an `import()`. */
  readonly later: boolean
}

/** A file of lib/: `name` is its path below lib/ without the extension. */
export type SourceFile = {
  readonly name: string
  readonly text: string
  readonly lines: number
  readonly imports: readonly Import[]
  readonly usesAny: boolean
}

/** All files of lib/ except generated ones. */
export function readSourceFiles(): SourceFile[] {
  const paths = readdirSync('lib', { recursive: true }).map((path) => String(path).replaceAll('\\', '/'))
  return paths
    .filter((path) => path.endsWith('.ts') && path !== 'page/browser-code.ts')
    .sort()
    .map(readSourceFile)
}

function readSourceFile(path: string): SourceFile {
  const text = readFileSync(join('lib', path), 'utf8')
  const parsed = ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true)
  const imports: Import[] = []
  let usesAny = false
  const visit = (node: ts.Node): void => {
    if (node.kind === ts.SyntaxKind.AnyKeyword) usesAny = true
    const found = importOf(node)
    if (found) imports.push({ ...found, path: resolveImport(path, found.specifier) })
    ts.forEachChild(node, visit)
  }
  visit(parsed)
  return { name: path.replace(/\.ts$/, ''), text, lines: text.trimEnd().split('\n').length, imports, usesAny }
}

function importOf(node: ts.Node): Omit<Import, 'path'> | undefined {
  if (ts.isImportDeclaration(node) && ts.isStringLiteral(node.moduleSpecifier)) {
    return {
      specifier: node.moduleSpecifier.text,
      typeOnly: node.importClause?.phaseModifier === TYPE || onlyTypes(node),
      later: false
    }
  }
  if (ts.isExportDeclaration(node) && node.moduleSpecifier && ts.isStringLiteral(node.moduleSpecifier)) {
    const { exportClause } = node
    const typed = exportClause && ts.isNamedExports(exportClause) && areTypes(exportClause.elements)
    return { specifier: node.moduleSpecifier.text, typeOnly: node.isTypeOnly || Boolean(typed), later: false }
  }
  if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument) && ts.isStringLiteral(node.argument.literal)) {
    return { specifier: node.argument.literal.text, typeOnly: true, later: false }
  }
  if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword) {
    const [argument] = node.arguments
    if (argument && ts.isStringLiteral(argument)) return { specifier: argument.text, typeOnly: false, later: true }
  }
  return undefined
}

const TYPE = ts.SyntaxKind.TypeKeyword

function onlyTypes({ importClause }: ts.ImportDeclaration): boolean {
  if (!importClause || importClause.name) return false
  const bindings = importClause.namedBindings
  return bindings !== undefined && ts.isNamedImports(bindings) && areTypes(bindings.elements)
}

function areTypes(elements: readonly { readonly isTypeOnly: boolean }[]): boolean {
  return elements.length > 0 && elements.every(({ isTypeOnly }) => isTypeOnly)
}

function resolveImport(from: string, specifier: string): string | undefined {
  if (!specifier.startsWith('.')) return undefined
  return posix.join(dirname(from).replaceAll('\\', '/'), specifier).replace(/\.js$/, '')
}
