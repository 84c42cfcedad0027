/** How things that are written, read, learned and thought through are done. See `recipe.ts` for the form. */
export const WORDS = `
write: {the} {is} written to the end, read once, saved
parts: outline Outline {full} 25; write Draft {full} 120; revise Revise {the} 45
ask: Who will read {the}, how long may {it} be?
3 d pencil | Jot down the one thing that {the} must say | one sentence with the point stands at the top | draft
4 d list   | List three to five points for {full} | the points stand in a row | draft
2 d list   | Number the points of {the} in the order that a reader needs | the points have numbers
5 d pencil | Write the first sentence of {the}, however rough | one sentence stands | draft
5 d pencil | Write two sentences for each point of {the} | every point has its sentences | draft
4 d eye    | Read {the} aloud once | the places that stumble are marked
5 d pencil | Mend the marked places of {the} | {result}

outline: {the} {has} an outline that one could write from
3 d question | Write down the question that {full} {does} answer | the question stands at the top | draft
5 d list   | Note everything that could go into {the} | no new point comes to mind | draft
3 d bin    | Strike what {the} {does} not need | only points that are needed are left
3 d list   | Put the points of {the} into an order | the points are numbered
4 d pencil | Write a heading for each point of {the} | {result}

revise: {the} {is} corrected from the first line to the last
3 d eye    | Read {full} once without changing anything | the weak places are known
4 d bin    | Cut one sentence out of {the} that nobody would miss | {the} {is} a sentence shorter
5 d pencil | Rewrite the weakest passage of {the} | the passage reads well
5 d check  | Check {the} for spelling | no word is underlined | check
2 d save   | Save the new version of {the} | {result}

script: {the} can be read aloud from beginning to end
parts: outline Outline {full} 30; write Write {the} scene by scene 90; revise Revise {the} aloud 45
ask: How long may {the} take, what should people do afterwards?
3 d question | Write down what a viewer takes away from {full} | one sentence stands | draft
4 d spark  | Write three openings for {the} | three openings stand | draft
2 d check  | Choose the opening of {the} that makes you curious | one opening is left
5 d list   | List the scenes of {the} | each scene has a line | draft
5 d pencil | Write what is said in the first scene of {the} | the first scene has its words | draft
5 d pencil | Write the last line of {the} | the ending stands | draft
4 d clock  | Read {the} aloud with a stopwatch | {result}

update: {full} {is} up to date and saved
ask: Who will read {the} next?
3 d list   | Note what is new since the last version of {the} | the news stand in a list | draft
2 d folder | Open {full} | {the} {is} on the screen
5 d pencil | Add the most important news to {the} | the most important news stand in it | draft
4 d bin    | Take out of {the} what is no longer true | nothing old is left
4 d check  | Check {the} for spelling | no word is underlined | check
2 d save   | Save {the} under a new date | {result}

message-to: {the} {has} your message{about}
ask: What should {the} do, by when?
2 d mail   | Open a new message to {the} | an empty message is on the screen
2 d question | Note in five words what you want from {the} | five words stand
4 d pencil | Write the first two sentences to {the}{about} | the point is in the first two sentences | draft
3 d pencil | Put your one question to {the} in a line of its own | the question stands alone | draft
2 d eye    | Check whether {the} can answer without asking back | names, dates are there
2 d send   | Send the message to {the} | {result} | send

message: {full} {has} gone out
ask: What should whoever reads {the} do, by when?
2 d mail   | Open {the} in your mail | {the} {is} on the screen
2 d question | Note in five words what {the} should bring about | five words stand
4 d pencil | Write the first two sentences of {the} | the point is in the first two sentences | draft
3 d pencil | Add the one question or request to {the} | what is wanted stands in a line of its own | draft
2 d eye    | Check names, dates, attachments of {the} | everything that is mentioned is there
2 d send   | Send {the} | {result} | send

read: {full} {is} read, with the main point in one sentence
parts: read Read the first half of {the} 40; read Read the second half of {the} 40
ask: What do you want to know from {the}?
2 h book   | Lay {the} in front of you | {the} {is} open at the right place
2 h list   | Look through the headings of {full} | it is clear what comes where
5 h book   | Read the first pages of {the} | the first pages are read
5 h book   | Read on in {the} until the next heading | the section is read
3 h pencil | Note one sentence about what you read in {the} | one sentence is noted
5 h book   | Read the next section of {the} | another section is read
3 d pencil | Write the main point of {the} in one sentence | {result} | draft

learn: what was learned of {topic} can be said without looking
parts: learn Learn the basics of {topic} 45; practise Practise {topic} 45; revise Repeat {topic} from memory 30
ask: What should you be able to do with {topic}, by when?
2 h book   | Lay out what you have on {topic} | book or page about {topic} is open
3 h question | Write down three questions about {topic} | three questions stand
5 h book   | Read the part on {topic} that answers the first question | the first answer is found
4 h card   | Make three cards for {topic}: question in front, answer behind | three cards are made
5 h eye    | Test yourself on {topic} with the cards | each card has been tried twice
3 h pencil | Explain {topic} in two sentences on paper | {result}

skill: {the} went a little better than yesterday, which is noted
ask: Who could show you {the}, where can you try?
4 d film   | Watch one short video on {the} | the video is over | search
2 h question | Write down the first thing that you cannot do yet in {the} | one line stands
3 h box    | Set out what you need for {the} | everything is at hand
5 h run    | Try {the} for five minutes | five minutes are over
5 h run    | Repeat the hardest bit of {the} | the bit went once
2 h pencil | Note what went better in {the} | {result}

research: it is written down what was found about {topic}
parts: research Find sources on {topic} 40; read Read the sources on {topic} 60; write Write up what is known of {topic} 45
ask: What will you decide with what you find about {topic}?
3 d question | Write down the question about {topic} in one line | the question stands
4 d search | Search for {topic} | five results are open | search
5 d book   | Skim the first two results about {topic} | both are read or closed
5 d book   | Read the best page about {topic} | the best page is read | summary
4 d pencil | Note three facts about {topic} with where they stand | three facts have a source
3 d pencil | Answer the question about {topic} in two sentences | {result} | draft

compare: the best of {the} is known, with the reason
ask: What must {the} have, what may {it} cost?
3 d list   | Write down what matters most about {the} | three criteria stand
4 d search | Find three candidates for {the} | three names stand | search
5 d list   | Draw a small table for {the}: names down, criteria across | the table is drawn | draft
5 d book   | Fill in the first candidates for {the} | two rows are full
4 d book   | Fill in the rest of the table for {the} | every row is full
3 d check  | Mark the winner among {the} | {result}

hunt: one candidate for {full} has heard from you
parts: research Find out what {the} must have 20; hunt Find five candidates for {the} 60; decide Decide which candidate for {the} to take 30
ask: What must {the} have, what may {it} cost?
3 d list   | Write down what {the} must have | three demands stand
4 d search | Search for {full} | a page of offers is open | search
5 d eye    | Save three candidates for {the} | three candidates are saved
5 d pencil | Write one message that fits every candidate for {the} | the message stands | draft
3 d send   | Send the message for {the} to the best candidate | one message is out | send
2 d calendar | Set a day for the answer about {the} | {result} | remind

decide-between: one of {the} is chosen, and it is written down why
ask: By when must you choose among {the}, who else has a say?
3 d list   | Write down what matters most to you about {the} | three things stand
4 d list   | Note the best thing about each of {the} | each has one reason for it
3 d list   | Note what each of {the} would cost you | each has one reason against it
4 h people | Ask one person which of {the} they would take | somebody has said what they think
2 h check  | Choose one of {the} for now | one is circled
2 d pencil | Note why you chose it among {the} | {result}

decide: {topic}: what was chosen is written down
ask: By when must {topic} be settled, who else has a say?
2 d question | Write down what {topic} {does} come down to, as one question | the question stands
3 d list   | List the options for {topic} | every option has a line
4 d list   | Note the best thing about each option for {topic} | each option has one reason for it
3 d list   | Note what each option for {topic} would cost you | each option has one reason against it
2 h check  | Choose one option for {topic} for now | one option is circled
3 d people | Tell one person what you chose for {topic} | {result}

plan: {the} {has} a next step with a day
parts: research Gather what {the} must include 30; outline Outline {full} 40; revise Check {the} with whoever is concerned 30
ask: What must be true when {the} {is} over, who is involved?
3 d flag   | Write down what should be true after {full} | one sentence stands
5 d list   | List everything that {the} needs | nothing new comes to mind | draft
3 d calendar | Mark what in {the} has a fixed date | fixed dates stand out
4 d list   | Put {the} in order, nearest first | the list has an order
2 d clock  | Set a day for the first item of {the} | the first item has a day
3 d calendar | Enter that day for {the} in the calendar | {result} | remind
`
