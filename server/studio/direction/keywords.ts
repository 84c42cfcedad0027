import { emojiOf } from '../scripts/text.ts'
import type { SpokenWord } from '../voices/schema.ts'

/** The word of a line that is set in large letters, with the time at which it is spoken. */
export interface Keyword {
  readonly text: string
  readonly kind: 'word' | 'emoji'
  readonly startMs: number
}

/** Long words carry more than short ones; beyond this they do not carry more. */
const ENOUGH_LETTERS = 11
const LEAST_LETTERS = 4
const MOST_LETTERS = 22
const MOST_EMOJI = 3
/** A word that is said later than this before the end of its line could not be seen long enough. */
const LEAST_MS_SHOWN = 900
/** Longer words that carry nothing by themselves, of the languages that are met most. */
const EMPTY = new Set(
  `across asks goes said says somebody someone whom about above after again against also although always among another anything around because become been before being below
  between both cannot could does doing during each either enough even every everything from have having here however instead into
  itself just know like made make many might more most much must never nothing often once only other others ourselves over
  perhaps quite rather really rest same shall should since some something still such than that their them themselves then there
  these they thing things this those though through together under until upon very want wants well were what when where whether
  which while whole whose will with within without would your yourself yourselves
  aber alle allem allen aller alles also andere anderen auch beim bereits dabei dafür damit dann daran daraus darin dass dein deine
  denn dessen deshalb diese diesem diesen dieser dieses doch dort durch eigentlich eine einem einen einer eines einfach einige etwas
  euer gegen gewesen haben hatte hätte hier immer jede jedem jeden jeder jedes jetzt kann kein keine keinen können könnte machen manche
  mehr mein meine muss müssen nach nicht nichts noch nur oder ohne schon sehr sein seine selbst sich sind sollte sondern sonst
  statt trotz unser unter viele vielleicht vom wann warum weil welche wenn werden wieder will wird wissen worden wurde würde zwischen
  ainsi alors après aucun aussi autre avant avec avoir beaucoup celle cela cette chaque chez comme comment dans depuis derrière
  donc elle elles encore entre être faire jamais leur leurs lorsque mais même moins notre nous parce pendant peut plus plusieurs pour
  pourquoi quand quel quelle quelque sans sera seulement soit sont sous souvent sur tous tout toute toutes très vers votre vous
  acaso ahora algo alguna algunas algunos alguien allí antes aquel aquella aunque cada casi como contra cuando cuál desde donde durante
  ella ellas ellos entonces entre eran esta estaba están estas este esto estos fueron hacia hasta incluso luego menos mientras mucho
  muchos nada nosotros nuestra nuestro nunca otra otras otro otros para pero poco porque pueda puede puedes quien quizás según
  siempre sino sobre solamente solo también tanto tiene todas todo todos tras
  ainda algum alguma antes apenas aquela aquele assim cada como contra depois desde dessa desse dois durante enquanto entre essa esse
  esta este foram isso isto mais mesmo muito nada nossa nosso nunca onde outra outro para pela pelo pode porque porém quando quase
  quem sempre também tanto tinha toda todo você alcune allora altri altro anche ancora anni aveva avere cioè come contro così cosa
  cosa dalla dalle degli della delle dello dentro dopo dove durante ecco essere fare finché forse fuori gli hanno infatti loro
  meno mentre molto nella nelle nessuno niente nostro ogni oppure perché però più poco potrebbe prima propria proprio qualche quando
  quanto quasi quella quelle quello questa queste questo quindi sarebbe sempre senza sono sopra soltanto stata stato stesso sulla tanto
  tutta tutti tutto verso altijd andere daar dacht deze door echt elke geen gewoon haar hebben heeft hier hoewel iets kunnen maar
  meer mijn moeten naar niet niets omdat onder onze over samen sinds steeds toen tussen veel voor waar waarom wanneer want werd
  worden wordt zeer zelf zich zijn zonder zouden`.split(/\s+/),
)

/**
 * The word of a line to be seen: its pictures when it has some, else the longest of its words that was not shown
 * before and carries something. Null when none is worth it.
 */
export function keywordOf(words: readonly SpokenWord[], language: string, shown: ReadonlySet<string>): Keyword | null {
  for (const { text, startMs } of words) {
    const emoji = emojiOf(text)
    if (emoji.length > 0) {
      const all = words.flatMap((word) => emojiOf(word.text))
      return { text: [...new Set(all)].slice(0, MOST_EMOJI).join(' '), kind: 'emoji', startMs }
    }
  }
  const endMs = words.at(-1)?.endMs ?? 0
  let best: Keyword | null = null
  let most = 0
  for (const { text, startMs } of words) {
    if (endMs - startMs < LEAST_MS_SHOWN && startMs > 0) continue
    const bare = text.replaceAll(/^[^\p{L}\p{N}]+|[^\p{L}\p{N}]+$/gu, '')
    const worth = EMPTY.has(bare.toLowerCase()) ? 0 : worthOf(bare)
    if (worth > most && !shown.has(bare.toLocaleLowerCase(language)))
      [best, most] = [{ text: bare, kind: 'word', startMs }, worth]
  }
  return best
}

function worthOf(word: string): number {
  const letters = [...word].length
  if (letters > MOST_LETTERS || /[<>/\\@_=]|\/\//u.test(word)) return 0
  // Each sign of these holds about as much as two letters.
  const dense = word.match(/[\p{Script=Han}\p{Script=Katakana}\p{Script=Hangul}]/gu)?.length ?? 0
  const long = letters + dense
  return long < LEAST_LETTERS ? 0 : Math.min(ENOUGH_LETTERS, long)
}
