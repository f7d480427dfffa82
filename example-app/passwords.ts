// Password hashing with Node's own scrypt; no clear password is kept.
import { randomBytes, type ScryptOptions, scrypt, timingSafeEqual } from 'node:crypto'

/** A salt and what scrypt made of it and the password. */
export type PasswordHash = { salt: Buffer; key: Buffer }

const KEY_LENGTH = 32
/** N=2^15, r=8, p=3: as strong as more memory, but a rush of logins needs less of it. https://cheatsheetseries.owasp.org/cheatsheets/Password_Storage_Cheat_Sheet.html#scrypt */
const COST = { N: 2 ** 15, r: 8, p: 3, maxmem: 64 * 1024 * 1024 } satisfies ScryptOptions

/** A hash that no password fits, for a comparison that has to fail and take its time. */
export function impossibleHash(): PasswordHash {
  return { salt: randomBytes(16), key: randomBytes(KEY_LENGTH) }
}

/** Hashes a password with a salt of its own. */
export async function hashPassword(password: string): Promise<PasswordHash> {
  const salt = randomBytes(16)
  return { salt, key: await deriveKey(password, salt) }
}

/** Whether this is the password, in a time that says nothing about how close it was. */
export async function isPassword(password: string, { salt, key }: PasswordHash): Promise<boolean> {
  return timingSafeEqual(await deriveKey(password, salt), key)
}

function deriveKey(password: string, salt: Buffer): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    scrypt(password.normalize('NFKC'), salt, KEY_LENGTH, COST, (error, key) => (error ? reject(error) : resolve(key)))
  })
}
