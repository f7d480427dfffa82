// Declares the tests of integrations, and prints which are skipped.
import { describe } from '@jest/globals'
import { type Integrations, isTried } from './real-packages.js'

/** Skips tests, with a message, whose packages are installed only with `INTEGRATIONS=full`. */
export function describeIntegrations(
  names: readonly string[],
  tests: (name: string, integrations: () => Integrations) => void,
  integrations: Integrations | undefined
): void {
  const left = names.filter((name) => !isTried(name))
  if (left.length > 0) {
    process.stderr.write(`\n*** NOT TESTED, run with INTEGRATIONS=full: integrations ${left.join(', ')} ***\n\n`)
  }
  for (const name of names) {
    const ready = integrations && isTried(name) ? integrations : undefined
    const describeReady = ready ? describe : describe.skip
    describeReady(name, () => tests(name, () => ready as Integrations))
  }
}
