import { byId, goTo, say } from './dom.ts'
import { oweSecondFactor, openDoor } from './door.ts'
import { furnishHome, furnishInvitation, openHome } from './home.ts'
import { type Arrival, openProviders, takeArrival } from './providers.ts'
import { openForgot, openRegister, openReset, openVerify, takeInvitation, takeLink } from './links.ts'

async function openAccount(invitation: string, { challenge, said: arrived }: Arrival): Promise<void> {
  furnishInvitation(invitation)
  openDoor(openHome)
  furnishHome((said) => {
    goTo('door')
    say(byId('door-form'), said)
  })
  void openProviders(invitation === '' ? '/account' : `/account#invitation=${invitation}`)
  const said = await openHome()
  if (!byId('home').hidden) return say(byId('providers'), arrived)
  if (challenge !== '') return oweSecondFactor(challenge)
  if ((arrived ?? said) !== null) say(byId('door-form'), arrived ?? said)
}

const invitation = takeInvitation()
const arrival = takeArrival()
const link = takeLink()
const page = document.documentElement.dataset['page']
if (page === 'verify-email') openVerify(link.token)
else if (page === 'reset-password') openReset(link)
else if (page === 'forgot-password') openForgot()
else if (page === 'register') openRegister()
else await openAccount(invitation, arrival)
