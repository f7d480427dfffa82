// What a command line that cannot be followed is told.

/** Its message is one sentence for the person at the terminal; it repeats no value. */
export class WrongUsage extends Error {
  override readonly name = 'WrongUsage'
}
