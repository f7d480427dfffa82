// Passport with one strategy: email address and password.
import passport from 'passport'
import { Strategy } from 'passport-local'
import { LoginRefused } from './login.js'
import type { ShopUser, Users } from './users.js'

/** Creates a separate Passport for each app. */
export function createPassport(users: Users): passport.PassportStatic {
  const instance: passport.PassportStatic = new passport.Passport() as passport.PassportStatic
  instance.use(
    new Strategy({ usernameField: 'email' }, (email, password, done) => {
      users.authenticate(email, password).then(
        // An error, so that the error handler shows the form again; `false` would give the plain text "Unauthorized".
        (user) => (user ? done(null, asPassportUser(user)) : done(new LoginRefused('wrong'))),
        done
      )
    })
  )
  instance.serializeUser((user, done) => done(null, (user as object as ShopUser).id))
  // A user who no longer exists is logged out, without an error.
  instance.deserializeUser((id: string, done) => {
    const user = users.find(id)
    done(null, user ? asPassportUser(user) : false)
  })
  return instance
}

/** Passport's type of a user is an empty global interface; your own app can declare the properties of `Express.User`. */
function asPassportUser(user: object): Express.User {
  return user as Express.User
}
