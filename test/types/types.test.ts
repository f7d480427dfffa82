// Compiles the type tests of this folder: a line that should be refused and is not, or the other way round, fails here.
import { expect, jest, test } from '@jest/globals'
import ts from 'typescript'

jest.setTimeout(120_000)

test('options, request and response accept what they should and refuse the rest', () => {
  const read = ts.readConfigFile('tsconfig.json', ts.sys.readFile)
  const { options } = ts.convertCompilerOptionsFromJson(read.config.compilerOptions, '.')
  const program = ts.createProgram(['test/types/options.types.ts', 'test/types/express.types.ts'], options)
  const found = ts.getPreEmitDiagnostics(program).map(({ file, start = 0, messageText }) => {
    const line = file ? file.getLineAndCharacterOfPosition(start).line + 1 : 0
    return `${file?.fileName}:${line} ${ts.flattenDiagnosticMessageText(messageText, ' ')}`
  })
  expect(found).toEqual([])
})
