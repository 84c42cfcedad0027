import { Command, CommanderError } from 'commander'
import { ExitCode, StartFailure } from '#platform/config/start-failure.ts'
import { plainReason, say } from './output.ts'

/**
 * Runs one command line (without the program's name) and answers the exit code: 0 done, 1 failed, 64 wrong usage,
 * 78 wrong configuration. What operators can put right is told in one line; a bug shows its stack.
 */
export async function main(args: readonly string[]): Promise<ExitCode> {
  let exitCode: ExitCode = ExitCode.done
  const program = commands((code) => (exitCode = code))
  try {
    await program.parseAsync([...args], { from: 'user' })
    return exitCode
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? ExitCode.done : ExitCode.usage
    const reason = plainReason(error)
    say(reason ?? `this is a bug: ${error instanceof Error ? error.stack : String(error)}`)
    return error instanceof StartFailure ? error.exitCode : ExitCode.failed
  }
}

const planner = () => import('./planner/commands.ts')

/** Every command; what a command needs is imported when it is called. */
function commands(done: (code: ExitCode) => void): Command {
  const program = new Command('airdate')
    .description('One self-hosted server that takes a video from an idea to an audience that pays.')
    .exitOverride()
    .showHelpAfterError('(airdate --help tells what there is)')
    .helpCommand(false)
  const data = ['--data <folder>', 'the data folder (default: .airdate in the checkout)'] as const

  program
    .command('up')
    .description('run the server until it is told to stop')
    .option('--host <address>', 'the address to listen on (default: 127.0.0.1)')
    .option('--port <number>', 'the port; 0 takes any free one (default: 4000)')
    .option(...data)
    .option('--roles <list>', 'what this process does: api, worker, scheduler (default: all)')
    .option('--json', 'say on stdout where it listens, as a line of JSON')
    .action(async (options: UpOptions) => done(await (await import('./up.ts')).up(options)))
  program
    .command('demo')
    .description('show the main job: make a film of an idea and serve its watch page')
    .argument('[idea]', 'what the film is about')
    .option('--script <file>', 'a text that is narrated as it is')
    .option('--file <clip>', 'a clip of your own, shown as it is, instead of a film')
    .option('--once', 'end when the video is ready')
    .option('--json', 'say the result on stdout, as a line of JSON')
    .option('--port <number>', 'the port (default: any free one)')
    .option(...data)
    .action(async (idea: string | undefined, options: DemoOptions) =>
      done(await (await import('./demo.ts')).demo(options, idea)),
    )
  program
    .command('add')
    .description('write down a task as it is said: add call the dentist tomorrow 9am p1')
    .argument('<words...>', 'what is to be done; days, times, repeats, #project, @label and p1 to p4 are understood')
    .option('--dialect <name>', 'whose signs: todoist (default) or vikunja')
    .option('--json', 'say the result on stdout, as a line of JSON')
    .option(...data)
    .action(async (words: string[], options: AddOptions) => done(await (await planner()).add(options, words)))
  program
    .command('next')
    .description('show the one thing to do now')
    .option('--meeting', 'something silent that is done in one seat')
    .option('--restless', 'something that is done on one’s feet')
    .option('--energy <level>', 'how much there is: 1 low to 3 high')
    .option('--minutes <number>', 'how long there is time')
    .option('--json', 'say it on stdout, as a line of JSON')
    .option(...data)
    .action(async (options: NextOptions) => done(await (await planner()).next(options)))
  program
    .command('done')
    .description('complete what next shows, or the open task that these words mean')
    .argument('[words...]', 'words of the task')
    .option('--json', 'say it on stdout, as a line of JSON')
    .option(...data)
    .action(async (words: string[], options: JsonOption) => done(await (await planner()).complete(options, words)))
  program
    .command('today')
    .description('show what is being done, what is due today, and what was done')
    .option('--json', 'say it on stdout, as a line of JSON')
    .option(...data)
    .action(async (options: JsonOption) => done(await (await planner()).today(options)))
  program
    .command('token')
    .description('print a new access token of a person')
    .requiredOption('--email <address>', 'whose token')
    .option(...data)
    .action(async (options: TokenOptions) => done(await (await import('./token.ts')).token(options)))
  program
    .command('outbox')
    .description('show mails that wait, were sent, or are kept because there is no mail server; newest first')
    .option('--id <id>', 'one mail alone')
    .option('--limit <number>', 'how many at most, 1 to 1000 (default: 20)')
    .option('--json', 'one line of JSON for each')
    .option('--release <address>', 'let mails go to an address again that refused one')
    .option('--report', 'read the report of another server from stdin, and note what could not be delivered')
    .option(...data)
    .action(async (options: OutboxOptions) => done(await (await import('./outbox.ts')).outbox(options)))
  program
    .command('doctor')
    .description('tell what is wrong, and the state of each part')
    .option(...data)
    .action(async (options: DataOption) => done(await (await import('./doctor.ts')).doctor(options)))
  program
    .command('migrate')
    .description('bring the database to this version')
    .option(...data)
    .action(async (options: DataOption) => done(await (await import('./migrate.ts')).migrate(options)))
  program
    .command('secrets')
    .description('care for the keys that keep secrets sealed')
    .command('rotate')
    .description(
      'replace the master key: by AIRDATE_MASTER_KEY when it is set, with the one at work as AIRDATE_MASTER_KEY_PREVIOUS, else by a new one in the data folder',
    )
    .option(...data)
    .action(async (options: DataOption) => done(await (await import('./secrets.ts')).rotateSecrets(options)))
  program
    .command('test')
    .description('run the tests')
    .argument('[filter...]', 'only tests whose path holds one of these')
    .action(async (filters: string[]) => done(await (await import('./test.ts')).test(filters)))
  program
    .command('bench')
    .description('measure one area beside its physical limit; without an area: list them')
    .argument('[area]')
    .argument('[options...]', 'handed to the benchmark as they are')
    .allowUnknownOption()
    .action(async (area: string | undefined, options: string[]) =>
      done(await (await import('./bench.ts')).bench(area, options)),
    )
  program
    .command('generate')
    .description('write the files that are made from the code')
    .action(async () => done(await (await import('./generate.ts')).generate()))
  return program
}

interface DataOption {
  data?: string
}
interface JsonOption extends DataOption {
  json?: boolean
}
interface AddOptions extends JsonOption {
  dialect?: string
}
interface NextOptions extends JsonOption {
  meeting?: boolean
  restless?: boolean
  energy?: string
  minutes?: string
}
interface OutboxOptions extends DataOption {
  id?: string
  limit?: string
  json?: boolean
  release?: string
  report?: boolean
}
interface TokenOptions extends DataOption {
  email: string
}
interface DemoOptions extends DataOption {
  file?: string
  script?: string
  once?: boolean
  json?: boolean
  port?: string
}
interface UpOptions extends DataOption {
  host?: string
  port?: string
  roles?: string
  json?: boolean
}
