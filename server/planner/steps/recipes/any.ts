/** How anything is done whose kind is not known: at a screen, with one's hands. See `recipe.ts` for the form. */
export const ANY = `
screen: {full} {is} finished and saved
parts: outline Outline {full} 20; screen Do the first half of {the} 60; screen Do the other half of {the} 60
ask: How will you see that {the} {is} done?
2 d question | Write down what should be there after {full} | one sentence stands
2 d folder | Open what you need for {the} | it is on the screen
3 d list   | List the pieces of {the} | every piece has a line | draft
5 d spark  | Do the smallest piece of {the} | one piece is ticked
5 d spark  | Do the next piece of {the} | another piece is ticked
4 d eye    | Compare {the} with the sentence from the beginning | what is missing is known
2 d save   | Save {the} | {result}

hands: {full}: what was wanted is there
parts: plan Plan {full} 20; hands Do the first half of {the} 60; hands Do the other half of {the} 60
ask: How will you see that {the} {is} done?
2 h pencil | Write down in one sentence what should be true after {the} | the sentence stands
3 h list   | List what you need for {full} | the list stands
3 h box    | Lay out what you need for {the} | it lies in front of you
5 h spark  | Do the easiest bit of {the} | the easiest bit is done
5 h spark  | Do five more minutes of {the} | five minutes are over
2 h list   | Note what is left of {the} | the rest is noted
3 h check  | Finish the last bit of {the} | {result}

tiny: {full}: this is done
2 h box    | Put what {the} {does} need within reach | it is within reach
2 h spark  | Start {the} for one minute | the first minute is over
2 h check  | Finish {the} | {result}
`
