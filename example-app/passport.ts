// Passport with one strategy: address and password.
import passport from 'passport'
import { Strategy } from 'passport-local'
import { LoginRefused } from './login.js'
import type { ShopUser, Users } from './users.js'

/** A Passport of its own for each app. */
export function createPassport(users: Users): passport.PassportStatic {
  const instance: passport.PassportStatic = new passport.Passport() as passport.PassportStatic
  instance.use(
    new Strategy({ usernameField: 'email' }, (email, password, done) => {
      users.authenticate(email, password).then(
        // An error, so that the error handler shows the form again; `false` would end in a bare "Unauthorized".
        (user) => (user ? done(null, user) : done(new LoginRefused('wrong'))),
        done
      )
    })
  )
  instance.serializeUser((user, done) => done(null, (user as ShopUser).id))
  // A user who is gone is nobody, and no error.
  instance.deserializeUser((id: string, done) => done(null, users.find(id) ?? false))
  return instance
}
