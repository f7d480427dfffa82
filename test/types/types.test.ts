// Compiles the type tests of this folder; fails for unexpected errors, and for `@ts-expect-error` without an error.
import { expect, jest, test } from '@jest/globals'
import ts from 'typescript'

jest.setTimeout(120_000)

test('the types of options, request and response accept and refuse what they should', () => {
  const read = ts.readConfigFile('tsconfig.json', ts.sys.readFile)
  const { options } = ts.convertCompilerOptionsFromJson(read.config.compilerOptions, '.')
  const program = ts.createProgram(['test/types/options.types.ts', 'test/types/express.types.ts'], options)
  const found = ts.getPreEmitDiagnostics(program).map(({ file, start = 0, messageText }) => {
    const line = file ? file.getLineAndCharacterOfPosition(start).line + 1 : 0
    return `${file?.fileName}:${line} ${ts.flattenDiagnosticMessageText(messageText, ' ')}`
  })
  expect(found).toEqual([])
})
