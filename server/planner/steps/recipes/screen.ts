/** How things with files, code, pictures, film and publishing are done. See `recipe.ts` for the form. */
export const SCREEN = `
film: the shots for {full} are on the disk
parts: script Write the shot list for {full} 30; pack Pack the gear for {the} 20; film Film the main shots of {the} 90; files Copy the footage of {the} 20
ask: Where is {the} filmed, who is in front of the camera?
4 h list   | List the shots that {full} {does} need | each shot has a line
3 h battery | Check battery, card, lens for {the} | the battery is full, the card empty
4 h camera | Set up the camera for the first shot of {the} | the picture looks right
2 h mic    | Record ten seconds of sound for {the} as a test | the test is easy to hear
5 h camera | Film the first shot of {the} twice | two takes of the first shot are there
5 h camera | Film the next shot of {the} | the next shot is ticked off
3 d save   | Copy the footage of {the} to the computer | {result} | copy

record: {full} {is} recorded, with one take that is good
ask: How long should {the} be?
2 h mic    | Put the microphone for {the} a hand's breadth away | the microphone stands
2 h mute   | Close whatever makes noise while you record {the} | the room is quiet
2 d mic    | Record one sentence of {the} as a test | the test is clear
5 h mic    | Record {full} once to the end | the first take is there
4 h mic    | Record {the} a second time | the second take is there
4 d ear    | Listen to both takes of {the} | the better take is marked
2 d save   | Save the better take of {the} | {result}

edit: {full} {is} exported as a file that plays
parts: files Sort the footage of {the} 30; cut Cut a rough version of {the} 90; sound Mix the sound of {the} 40; watch Watch {the} for mistakes 30
ask: How long should {the} be, where will {it} be shown?
3 d folder | Open the project of {the} | the timeline is on the screen
5 d eye    | Watch the raw material of {full} at double speed | the good places are marked
5 d film   | Drag the best three shots of {the} onto the timeline | three shots stand in order
5 d scissors | Trim the beginning of {the} | {the} {does} begin without a pause | cut
5 d scissors | Cut one boring place out of {the} | one boring place is gone | cut
4 d ear    | Set the sound of {the} to one level | nothing is too loud | sound
3 d save   | Export {the} | {result} | export

watch: no mistake that one notices is left in {the}
2 d film   | Open {the} in full screen | {the} {does} fill the screen
5 d eye    | Watch {the} once without stopping | the first impression is noted
5 d pencil | Note the time of each mistake in {the} | each mistake has its time
5 d scissors | Correct the worst mistake in {the} | the worst mistake is gone | cut
4 d scissors | Correct the next mistake in {the} | the next mistake is gone | cut
3 d ear    | Listen to {the} once without the picture | {result}

cut: {the} {has} a rough cut from beginning to end
4 d folder | Open the clips of {the} | all clips are loaded
5 d eye    | Mark the best moment in each clip of {the} | each clip has a mark
5 d film   | Put the marked moments of {the} in order | they stand on the timeline
5 d scissors | Trim the ends of each moment in {the} | nothing lingers | cut
4 d eye    | Watch {the} once from the start | {result}

sound: every word of {the} is easy to hear
3 d ear    | Listen to {the} with headphones | noisy places are marked
4 d ear    | Set the speech of {the} to one level | the speech is even | sound
4 d mute   | Remove the worst noise in {the} | the noise is gone | sound
3 d music  | Lower the music of {the} under the speech | speech stays in front | sound
4 d ear    | Listen to {the} on a phone | {result}

publish: {full} {is} online, and the link opens
ask: Where should {the} appear, who may see {it}?
2 d eye    | Open the final version of {the} | it is the right version
4 d pencil | Write the title for {full} | one title stands | draft
5 d pencil | Write two sentences that describe {the} | the description stands | draft
3 d image  | Choose the picture for {the} | one picture is chosen | image
3 d send   | Upload {the} | the upload is complete | send
2 d calendar | Set the time at which {the} {does} appear | the time is set | schedule
2 d check  | Open the link of {the} in a private window | {result}

design: {full} {is} finished and saved as a file
parts: research Collect examples for {the} 30; sketch Sketch three versions of {the} 40; design Finish the chosen version of {the} 60
ask: Where will {the} be seen, in which size?
4 d search | Save three examples that you like for {full} | three examples are saved | search
3 h pencil | Sketch {the} three times with a pen | three small sketches stand
2 h check  | Circle the best sketch of {the} | one sketch is circled
3 d image  | Open a canvas of the right size for {the} | the canvas has its size
5 d palette | Place the main element of {the} | the main element stands | image
4 d palette | Choose two colours for {the} | two colours are set | image
4 d eye    | Look at {the} as small as a thumbnail | what matters is still readable
2 d save   | Export {the} | {result} | export

sketch: three versions of {the} are sketched
3 h pencil | Write down the one thing that {the} must show | one line stands
4 h pencil | Sketch the plainest version of {the} | the first sketch stands
4 h pencil | Sketch a version of {the} with one bold idea | the second sketch stands
4 h pencil | Sketch {the} the way somebody else would | the third sketch stands
2 h check  | Mark what works in each sketch of {the} | {result}

code: {full} {does} work and {is} committed
parts: research Read the code around {the} 30; code Build the smallest version of {the} 90; test Test the edges of {the} 40; review Review the change for {the} 20
ask: How will you see that {the} {does} work?
3 d question | Write down one example of what {full} should do | input, result stand in one line | draft
4 d search | Find the place in the code for {the} | the file is open
5 d check  | Write a test for {the} that fails | one test is red | draft
5 d code   | Write the plainest code for {the} that could pass | the test is green | draft
4 d code   | Rename what is unclear in {the} | every name says what it is
3 d check  | Run all tests with {the} | everything is green | run
2 d save   | Commit {the} | {result}

debug: {full} {does} not happen any more, which a test shows
parts: research Reproduce {full} 40; debug Find the cause of {the} 60; test Test the fix for {the} 30
ask: When did {the} last not happen, what changed since?
4 d bug    | Reproduce {full} once more | the steps to it are written down
3 d search | Copy the exact message of {the} into a note | the message is noted
4 d search | Search for the place where {the} {does} begin | one file is under suspicion | search
5 d bug    | Test one guess about {the} | the guess is true or false
5 d check  | Write a test that shows {the} | one test is red | draft
5 d tool   | Change the one line behind {the} | the test is green
3 d save   | Commit the fix for {the} | {result}

test: {the} {is} tried at each edge, with the outcome noted
3 d list   | List three ways in which {the} could go wrong | three ways stand | draft
5 d check  | Try the most likely fault of {the} | the outcome is noted
5 d check  | Try {the} with nothing in it | the outcome is noted
4 d check  | Try {the} with far too much | the outcome is noted
3 d pencil | Write down what {the} must still learn | {result}

review: {full} {has} a verdict
2 d question | Read what {full} should achieve | the purpose is clear
5 d eye    | Read {the} once from the top | the first impression is noted
5 d search | Look at the riskiest part of {the} again | the risk is judged
4 d pencil | Write the two remarks on {the} that matter most | two remarks stand | draft
2 d send   | Send your verdict on {the} | {result} | send

files: {the} {is} sorted, and the pile is empty
parts: files Sort the newest half of {the} 40; files Sort the oldest half of {the} 40; backup Back up {the} 15
ask: How will you look for {the} later: by date, by topic?
2 d folder | Open the place where {full} {does} lie | everything is in view
3 d folder | Make three folders for {the} | three folders stand empty
5 d folder | Move the newest of {the} into a folder | the newest are sorted | batch
3 d bin    | Delete the worst of {the} | the worst are gone
5 d folder | Move the next handful of {the} | a handful more is sorted | batch
3 d pencil | Name the folders of {the} so that you find them again | every name says what is inside
3 d save   | Move what is left of {the} to an archive folder | {result}

inbox: {full} {has} no mail left that needs an answer today
ask: Which mails in {the} must be answered by you?
2 d mail   | Sort {the} by sender | mails of one sender stand together
4 d bin    | Archive every newsletter in {the} | no newsletter is left | batch
3 d flag   | Flag the three mails in {the} that matter most | three flags stand
5 d pencil | Answer the shortest of the flagged mails in {the} | one flag is gone | draft
5 d pencil | Answer the next flagged mail in {the} | two flags are gone | draft
3 d calendar | Set a time for the longest mail in {the} | it has a time | remind
3 d bin    | Archive the rest of {the} | {result} | batch

backup: a copy of {full} opens from another place
2 d search | Note how much room a copy of {the} takes | the size is known
3 d key    | Connect the disk for the copy of {the} | the disk has room enough
4 d save   | Start the copy of {the} | the copy is running | copy
3 d check  | Compare the number of files in {the} with the copy | the numbers agree
2 d eye    | Open one file from the copy of {the} | {result}

setup: {full} {does} work, tried once
parts: research Read how {the} {is} set up 20; setup Set up {the} 40; test Try {the} 20
ask: What should {the} do for you at the end?
3 d search | Find the instructions for {full} | the page is open | search
2 d key    | Get the login that {the} {does} need | the login is at hand
4 d save   | Download what {the} {does} need | it is on the disk
5 d gear   | Go through the first settings of {the} | the first page is filled in
4 d gear   | Switch off what you do not need in {the} | only what you need is on
3 d check  | Try {the} once with something real | {result}

budget: {full} {is} added up, and the sum is known
parts: files Gather the figures for {the} 30; budget Add up {the} 40; decide Decide where {the} should shrink 20
ask: Which months should {the} cover?
3 d folder | Open an empty sheet for {the} | three columns have headings | draft
4 d search | Find the figures that come in for {full} | income stands in the sheet
5 d list   | Enter the five largest amounts of {the} | five rows are full
5 d list   | Enter the small amounts of {the} | all rows are full | batch
2 d check  | Add up {the} | two sums stand
3 d flag   | Mark the amount in {the} that surprises you | {result}

present: {full} can be given from the first slide to the last
parts: outline Outline {full} 30; design Make the slides of {the} 90; practise Rehearse {the} 30
ask: Who listens to {the}, how many minutes do you have?
3 d question | Write down what people should do after {full} | one sentence stands
4 d list   | List the three points of {the} | three points stand | draft
5 d image  | Make one slide for each point of {the} | three slides stand | draft
4 d pencil | Write the first sentence of {the} | the first sentence stands | draft
4 d pencil | Write the last sentence of {the} | the ending stands | draft
5 h people | Say {the} aloud once with a clock | {result}
`
