// Declares the tests of integrations, and prints which are skipped.
import { afterAll, describe, expect, test } from '@jest/globals'
import { type Integrations, isTried, prepareIntegrations } from './real-packages.js'

/**
 * Installs and compiles the integrations, and declares the tests of each; the first is that it compiled without errors. Skips, with a
 * message, those whose packages are installed only with `INTEGRATIONS=full`.
 */
export async function describeIntegrations(
  names: readonly string[],
  tests: (name: string, integrations: () => Integrations) => void
): Promise<void> {
  const integrations = await prepareIntegrations(names)
  afterAll(async () => integrations?.remove())
  const left = names.filter((name) => !isTried(name))
  if (left.length > 0) {
    process.stderr.write(`\n*** NOT TESTED, run with INTEGRATIONS=full: integrations ${left.join(', ')} ***\n\n`)
  }
  for (const name of names) {
    const ready = integrations && isTried(name) ? integrations : undefined
    const describeReady = ready ? describe : describe.skip
    describeReady(name, () => {
      test('compiles in strict mode', () => {
        expect(ready?.compiled(name)).toEqual([])
      })
      tests(name, () => ready as Integrations)
    })
  }
}
