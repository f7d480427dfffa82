// Password hashing with Node's own scrypt; no clear password is kept.
import { randomBytes, type ScryptOptions, scrypt, timingSafeEqual } from 'node:crypto'

/** How much work a hash is; it is kept with each hash, so that it can be raised later. */
export type Cost = Required<Pick<ScryptOptions, 'N' | 'r' | 'p'>>

/** A salt, and what scrypt made of it and the password. */
export type PasswordHash = { salt: Buffer; key: Buffer; cost: Cost }

const KEY_LENGTH = 32
const MAX_MEMORY = 256 * 1024 * 1024
/** N=2^15, r=8, p=3: of the choices that OWASP counts as equally strong, one that needs less memory. https://cheatsheetseries.owasp.org/cheatsheets/Password_Storage_Cheat_Sheet.html#scrypt */
export const DEFAULT_COST: Cost = { N: 2 ** 15, r: 8, p: 3 }

/** A hash that no password fits: a comparison with it fails, and takes as long as any other. */
export function impossibleHash(cost: Cost): PasswordHash {
  return { salt: randomBytes(16), key: randomBytes(KEY_LENGTH), cost }
}

/** Hashes a password with a salt of its own. */
export async function hashPassword(password: string, cost: Cost): Promise<PasswordHash> {
  const salt = randomBytes(16)
  return { salt, key: await deriveKey(password, salt, cost), cost }
}

/** Whether this is the password; takes the same time however much of it is right. */
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
