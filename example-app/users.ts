// The users who can log in: three demo users, or one user from the environment. There is no sign-up.
import { type Cost, DEFAULT_COST, hashPassword, impossibleHash, isPassword, type PasswordHash } from './passwords.js'

/** A user of the app, as in `req.user`. */
export type ShopUser = {
  id: string
  email: string
  /** Whether the user has confirmed the address; the middleware sends no unverified address to HubSpot. */
  emailVerified: boolean
  firstName: string
  lastName: string
}

/** A user to create, with the password in plain text. */
export type NewUser = ShopUser & { password: string }

/** The users of one app. */
export type Users = {
  find(id: string): ShopUser | undefined
  /** The user with this address and password. */
  authenticate(email: string, password: string): Promise<ShopUser | undefined>
}

/** Used only with the simulator. */
export const DEMO_USERS: readonly NewUser[] = [
  {
    id: 'jane',
    email: 'jane@example.com',
    emailVerified: true,
    firstName: 'Jane',
    lastName: 'Doe',
    password: 'jane-likes-tea'
  },
  {
    id: 'brien',
    email: "o'brien+x&co@example.com",
    emailVerified: true,
    // HTML and quotes in the name and the address: pages must show them as text.
    firstName: '</script><img src=x onerror=alert(1)>',
    lastName: '',
    password: 'brien-likes-quotes'
  },
  {
    id: 'uma',
    email: 'uma@example.com',
    emailVerified: false,
    firstName: 'Uma',
    lastName: 'Newman',
    password: 'uma-likes-waiting'
  }
]

/** The only user of an app with a HubSpot account; the address counts as verified. */
export function userFromEnvironment({ email, password }: { email: string; password: string }): NewUser {
  return { id: 'owner', email, emailVerified: true, firstName: '', lastName: '', password }
}

/** Creates the users, with hashed passwords. */
export async function createUsers(newUsers: readonly NewUser[], cost: Cost = DEFAULT_COST): Promise<Users> {
  const users = new Map<string, ShopUser>()
  const hashes = new Map<string, PasswordHash>()
  await Promise.all(
    newUsers.map(async ({ password, ...user }) => {
      users.set(user.id, user)
      hashes.set(user.id, await hashPassword(password, cost))
    })
  )
  const nobody = impossibleHash(cost)

  return {
    find: (id) => users.get(id),
    async authenticate(email, password) {
      const wanted = email.trim().toLowerCase()
      const user = [...users.values()].find((candidate) => candidate.email.toLowerCase() === wanted)
      // An unknown address takes the same time, so that the time does not reveal which addresses have an account.
      const isRight = await isPassword(password, (user && hashes.get(user.id)) ?? nobody)
      return isRight ? user : undefined
    }
  }
}
