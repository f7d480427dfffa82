// Login and logout without a reload, followed by `chat.refresh()` or `forgetVisitor()` for the chat.
const { startChat, forgetVisitor } = window.hubspotIdentification
const chat = startChat({ endpoint: '/hubspot/token', settings: { avoidInlineStyles: true } })

const loginForms = document.querySelectorAll('main form[action="/login"]')
const loginError = document.querySelector('#login-error')
const status = document.querySelector('#status')
let csrfToken = loginForms[0].elements.namedItem('_csrf').value

/** Sends JSON. After a login or logout the session is new, so the response has a new CSRF token. */
async function post(path, values) {
  const response = await fetch(path, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-csrf-token': csrfToken },
    body: JSON.stringify(values)
  })
  csrfToken = response.headers.get('x-csrf-token') ?? csrfToken
  for (const field of document.querySelectorAll('input[name="_csrf"]')) field.value = csrfToken
  if (response.status === 204) return {}
  const answer = await response.json()
  if (!response.ok) throw new Error(answer.error)
  return answer
}

/** Shows the elements for a user or a guest. The form or button that had the focus is hidden, so the focus moves to the status message. */
function show(who, text, isIdentified) {
  for (const element of document.querySelectorAll('[data-when]')) element.hidden = element.dataset.when !== who
  loginError.hidden = true
  status.dataset.identified = String(isIdentified)
  status.textContent = text
  status.hidden = false
  status.focus()
}

function explain(error) {
  loginError.textContent = error.message
  loginError.hidden = false
}

async function logIn(form) {
  const { email, password } = Object.fromEntries(new FormData(form))
  const settings = await post('/login', { email, password })
  const isIdentified = Boolean(settings.identificationToken)
  form.reset()
  show('user', `You are logged in as ${email}${isIdentified ? '; the chat knows you' : ''}.`, isIdentified)
  await chat.refresh()
}

async function logOut() {
  await post('/logout', {})
  forgetVisitor()
  show('guest', 'You are logged out; the chat has forgotten you.', false)
}

/** Submits a form by script; without this script the browser submits it. */
function takeOver(form, act) {
  form.addEventListener('submit', (event) => {
    event.preventDefault()
    act(form).catch(explain)
  })
}

for (const form of loginForms) takeOver(form, logIn)
takeOver(document.querySelector('form[action="/logout"]'), logOut)
