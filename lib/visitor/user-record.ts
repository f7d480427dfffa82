// What a user record is read as: its properties one by one, because documents of Mongoose and the like have them on the prototype.

/** Any object; what it holds is not known. */
export type UserRecord = Readonly<Record<string, unknown>>

export function asRecord(value: unknown): UserRecord | undefined {
  return typeof value === 'object' && value !== null ? (value as UserRecord) : undefined
}

/** Whether this is a text with more than spaces in it. */
export function isFilled(value: unknown): value is string {
  return typeof value === 'string' && value.trim() !== ''
}
