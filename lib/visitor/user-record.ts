// Reads user records of unknown form: property by property, because Mongoose documents, for example, define them on the prototype.

/** Any object. */
export type UserRecord = Readonly<Record<string, unknown>>

export function asRecord(value: unknown): UserRecord | undefined {
  return typeof value === 'object' && value !== null ? (value as UserRecord) : undefined
}

/** Whether this is a string with more than white space. */
export function isFilled(value: unknown): value is string {
  return typeof value === 'string' && value.trim() !== ''
}
