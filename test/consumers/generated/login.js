// Session and Passport for an app made by express-generator, set up as in their documentation.
const session = require('express-session')
const passport = require('passport')
const { Strategy } = require('passport-local')

const users = { ada: { id: 'ada', email: 'ada@example.com' } }
passport.use(new Strategy((name, password, done) => done(null, password === 'right' ? users[name] : false)))
passport.serializeUser((user, done) => done(null, user.id))
passport.deserializeUser((id, done) => done(null, users[id] ?? false))

exports.useSession = (app) => {
  app.use(session({ secret: 'of this test', resave: false, saveUninitialized: false }))
  app.use(passport.session())
}

exports.addRoutes = (app) => {
  app.post('/login', passport.authenticate('local'), (_req, res) => res.redirect('/'))
  app.post('/logout', (req, res, next) => req.logout((error) => (error ? next(error) : res.redirect('/'))))
}
