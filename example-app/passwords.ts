// Password hashing with scrypt from `node:crypto`.
import { randomBytes, type ScryptOptions, scrypt, timingSafeEqual } from 'node:crypto'

/** The cost of a hash; stored with each hash, so that it can be raised later. */
export type Cost = Required<Pick<ScryptOptions, 'N' | 'r' | 'p'>>

/** A salt, and the key that scrypt derives from the password and the salt. */
export type PasswordHash = { salt: Buffer; key: Buffer; cost: Cost }

const KEY_LENGTH = 32
const MAX_MEMORY = 256 * 1024 * 1024
/** N=2^15, r=8, p=3: one of the settings that OWASP lists as equally strong, with less memory. https://cheatsheetseries.owasp.org/cheatsheets/Password_Storage_Cheat_Sheet.html#scrypt */
export const DEFAULT_COST: Cost = { N: 2 ** 15, r: 8, p: 3 }

/** A hash that no password matches; a comparison with it takes as long as any other. */
export function impossibleHash(cost: Cost): PasswordHash {
  return { salt: randomBytes(16), key: randomBytes(KEY_LENGTH), cost }
}

/** Hashes a password with a new salt. */
export async function hashPassword(password: string, cost: Cost): Promise<PasswordHash> {
  const salt = randomBytes(16)
  return { salt, key: await deriveKey(password, salt, cost), cost }
}

/** Whether the password is right; the comparison takes constant time. */
export async function isPassword(password: string, { salt, key, cost }: PasswordHash): Promise<boolean> {
  return timingSafeEqual(await deriveKey(password, salt, cost), key)
}

function deriveKey(password: string, salt: Buffer, cost: Cost): Promise<Buffer> {
  const options = { ...cost, maxmem: MAX_MEMORY }
  return new Promise((resolve, reject) => {
    scrypt(password.normalize('NFKC'), salt, KEY_LENGTH, options, (error, key) =>
      error ? reject(error) : resolve(key)
    )
  })
}
