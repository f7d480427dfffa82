// The error for a wrong command line.

/** Its message is one sentence for the operator; it repeats no value. */
export class WrongUsage extends Error {
  override readonly name = 'WrongUsage'
}
