// Passport for numbered users: number 7 is user7@example.com, logged in with POST /login/7 and out with POST /logout.
import type { Express } from 'express'
import passport from 'passport'

/** Adds Passport and the two routes to an app with sessions. */
export function addNumberedUsers(
  app: Express,
  onLogin: (req: Express.Request, email: string) => void = () => {}
): void {
  app.use(passport.initialize())
  app.use(passport.session())
  passport.serializeUser((user: unknown, done) => done(null, (user as { id: string }).id))
  passport.deserializeUser((id: string, done) => done(null, userFrom(id)))
  app.post('/login/:id', (req, res, next) => {
    req.logIn(userFrom(req.params.id), (error: unknown) => {
      if (error) return next(error)
      onLogin(req, addressOf(req.params.id))
      res.send('in')
    })
  })
  app.post('/logout', (req, res, next) => {
    req.logOut((error: unknown) => (error ? next(error) : res.send('out')))
  })
}

function addressOf(id: string): string {
  return `user${id}@example.com`
}

/** The type of these users, independent of the global type `Express.User`. */
function userFrom(id: string): Express.User {
  return { id, email: addressOf(id) } as unknown as Express.User
}
