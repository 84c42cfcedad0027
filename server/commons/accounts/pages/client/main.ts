import { byId, goTo, say } from './dom.ts'
import { openDoor } from './door.ts'
import { furnishHome, openHome } from './home.ts'
import { openForgot, openReset, openVerify, takeToken } from './links.ts'

async function openAccount(): Promise<void> {
  openDoor(openHome)
  furnishHome((said) => {
    goTo('door')
    say(byId('door-form'), said)
  })
  const said = await openHome()
  if (said !== null) say(byId('door-form'), said)
}

const token = takeToken()
const page = document.documentElement.dataset['page']
if (page === 'verify-email') openVerify(token)
else if (page === 'reset-password') openReset(token)
else if (page === 'forgot-password') openForgot()
else await openAccount()
