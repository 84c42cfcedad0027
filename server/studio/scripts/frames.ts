/**
 * The few sentences that stand around a bare idea: they say what it is, ask, and invite. They tell nothing of the world,
 * and nothing in them depends on what the idea is about.
 */
export interface Frame {
  /** What stands above the title of a thought, and of a question. */
  readonly thought: string
  readonly question: string
  /** The first sentence that is spoken, before a thought and before a question. */
  readonly openThought: string
  readonly openQuestion: string
  /** Asked after the user's own words; a short idea gets all of them, a long one the first. */
  readonly asks: readonly [string, string, string]
  /** The last sentence, and the two or three words that it leaves on the screen. */
  readonly invitation: string
  readonly farewell: string
}

/** By the first subtag of BCP 47. A film in any other language is told in the user's words alone. */
export const FRAMES: ReadonlyMap<string, Frame> = new Map(
  Object.entries({
    en: {
      thought: 'A thought',
      question: 'A question',
      openThought: 'Here is a thought.',
      openQuestion: 'Here is a question.',
      asks: ['What would be the first step?', 'Who should hear of it?', 'And where could it lead?'],
      invitation: 'If it speaks to you, take it and carry it on.',
      farewell: 'Carry it on.',
    },
    de: {
      thought: 'Ein Gedanke',
      question: 'Eine Frage',
      openThought: 'Hier ist ein Gedanke.',
      openQuestion: 'Hier ist eine Frage.',
      asks: ['Was wäre der erste Schritt?', 'Wer sollte davon hören?', 'Und wohin könnte das führen?'],
      invitation: 'Wenn dich das anspricht, dann nimm es und trag es weiter.',
      farewell: 'Trag es weiter.',
    },
    fr: {
      thought: 'Une pensée',
      question: 'Une question',
      openThought: 'Voici une pensée.',
      openQuestion: 'Voici une question.',
      asks: ['Quel serait le premier pas ?', 'Qui devrait en entendre parler ?', 'Et où cela pourrait-il mener ?'],
      invitation: 'Si cela vous parle, prenez-le et portez-le plus loin.',
      farewell: 'Portez-le plus loin.',
    },
    es: {
      thought: 'Una idea',
      question: 'Una pregunta',
      openThought: 'Aquí hay una idea.',
      openQuestion: 'Aquí hay una pregunta.',
      asks: ['¿Cuál sería el primer paso?', '¿Quién debería conocerla?', '¿Y hasta dónde podría llegar?'],
      invitation: 'Si te dice algo, tómala y llévala más lejos.',
      farewell: 'Llévala más lejos.',
    },
    pt: {
      thought: 'Uma ideia',
      question: 'Uma pergunta',
      openThought: 'Aqui está uma ideia.',
      openQuestion: 'Aqui está uma pergunta.',
      asks: ['Qual seria o primeiro passo?', 'Quem deveria saber dela?', 'E até onde ela poderia chegar?'],
      invitation: 'Se ela lhe diz alguma coisa, pegue-a e leve-a adiante.',
      farewell: 'Leve-a adiante.',
    },
    it: {
      thought: 'Un pensiero',
      question: 'Una domanda',
      openThought: 'Ecco un pensiero.',
      openQuestion: 'Ecco una domanda.',
      asks: ['Quale sarebbe il primo passo?', 'Chi dovrebbe saperlo?', 'E dove potrebbe portare?'],
      invitation: 'Se ti dice qualcosa, prendilo e portalo avanti.',
      farewell: 'Portalo avanti.',
    },
    nl: {
      thought: 'Een gedachte',
      question: 'Een vraag',
      openThought: 'Hier is een gedachte.',
      openQuestion: 'Hier is een vraag.',
      asks: ['Wat zou de eerste stap zijn?', 'Wie zou ervan moeten horen?', 'En waar zou het toe kunnen leiden?'],
      invitation: 'Als het je aanspreekt, neem het dan en draag het verder.',
      farewell: 'Draag het verder.',
    },
    pl: {
      thought: 'Myśl',
      question: 'Pytanie',
      openThought: 'Oto pewna myśl.',
      openQuestion: 'Oto pewne pytanie.',
      asks: ['Jaki byłby pierwszy krok?', 'Kto powinien o tym usłyszeć?', 'I dokąd mogłoby to prowadzić?'],
      invitation: 'Jeśli to do ciebie przemawia, weź to i ponieś dalej.',
      farewell: 'Ponieś to dalej.',
    },
    sv: {
      thought: 'En tanke',
      question: 'En fråga',
      openThought: 'Här är en tanke.',
      openQuestion: 'Här är en fråga.',
      asks: ['Vad skulle vara det första steget?', 'Vem borde få höra om det?', 'Och vart skulle det kunna leda?'],
      invitation: 'Om det säger dig något, ta det och för det vidare.',
      farewell: 'För det vidare.',
    },
    tr: {
      thought: 'Bir düşünce',
      question: 'Bir soru',
      openThought: 'İşte bir düşünce.',
      openQuestion: 'İşte bir soru.',
      asks: ['İlk adım ne olurdu?', 'Bunu kim duymalı?', 'Peki bu nereye varabilir?'],
      invitation: 'Sana bir şey söylüyorsa, al ve ileriye taşı.',
      farewell: 'İleriye taşı.',
    },
    ru: {
      thought: 'Мысль',
      question: 'Вопрос',
      openThought: 'Вот одна мысль.',
      openQuestion: 'Вот один вопрос.',
      asks: ['Каким был бы первый шаг?', 'Кто должен об этом услышать?', 'И куда это могло бы привести?'],
      invitation: 'Если это вам близко, возьмите и несите дальше.',
      farewell: 'Несите дальше.',
    },
    uk: {
      thought: 'Думка',
      question: 'Питання',
      openThought: 'Ось одна думка.',
      openQuestion: 'Ось одне питання.',
      asks: ['Яким був би перший крок?', 'Хто має про це почути?', 'І куди це могло б привести?'],
      invitation: 'Якщо це вам близьке, візьміть і несіть далі.',
      farewell: 'Несіть далі.',
    },
    // In kana, which the voice can read.
    ja: {
      thought: 'ひとつのおもいつき',
      question: 'ひとつのとい',
      openThought: 'ここに、ひとつのおもいつきがあります。',
      openQuestion: 'ここに、ひとつのといがあります。',
      asks: ['はじめのいっぽは、なんでしょう。', 'だれにはなしたいですか。', 'そして、どこへつながるのでしょう。'],
      invitation: 'こころにひびいたら、ここからさきへつなげてください。',
      farewell: 'ここからさきへ。',
    },
    zh: {
      thought: '一个想法',
      question: '一个问题',
      openThought: '这里有一个想法。',
      openQuestion: '这里有一个问题。',
      asks: ['第一步会是什么？', '谁应该听到它？', '它又会通向哪里？'],
      invitation: '如果它打动了你，就把它带走，继续下去。',
      farewell: '继续下去。',
    },
    ar: {
      thought: 'فكرة',
      question: 'سؤال',
      openThought: 'هذه فكرة.',
      openQuestion: 'هذا سؤال.',
      asks: ['ما هي الخطوة الأولى؟', 'من ينبغي أن يسمع بها؟', 'وإلى أين يمكن أن تصل؟'],
      invitation: 'إذا لامستك، فخذها وامضِ بها قدمًا.',
      farewell: 'امضِ بها قدمًا.',
    },
  } satisfies Record<string, Frame>),
)
