import { byId, goTo, say } from './dom.ts'
import { openDoor } from './door.ts'
import { furnishHome, furnishInvitation, openHome } from './home.ts'
import { openForgot, openRegister, openReset, openVerify, takeInvitation, takeLink } from './links.ts'

async function openAccount(invitation: string): Promise<void> {
  furnishInvitation(invitation)
  openDoor(openHome)
  furnishHome((said) => {
    goTo('door')
    say(byId('door-form'), said)
  })
  const said = await openHome()
  if (said !== null) say(byId('door-form'), said)
}

const invitation = takeInvitation()
const link = takeLink()
const page = document.documentElement.dataset['page']
if (page === 'verify-email') openVerify(link.token)
else if (page === 'reset-password') openReset(link)
else if (page === 'forgot-password') openForgot()
else if (page === 'register') openRegister()
else await openAccount(invitation)
