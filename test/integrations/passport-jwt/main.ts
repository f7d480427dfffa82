// The script of the front end: a button for each user, which fetches the user's bearer token, and one for the logout.
import { onLogin, onLogout } from './chat.js'

for (const button of document.querySelectorAll<HTMLButtonElement>('button[data-name]')) {
  button.addEventListener('click', async () => {
    const response = await fetch(`/login/${button.dataset['name']}`, { method: 'POST' })
    await onLogin(await response.text())
  })
}
document.querySelector('#log-out')?.addEventListener('click', onLogout)
