import { parseArgs } from 'node:util'
import { runCampaign } from '../tests/kill/campaign.ts'
import { runFilmCampaign } from '../tests/kill/films.ts'
import { newDataFolder } from '../tests/kill/server.ts'
import { killSources } from '../tests/kill/sources.ts'
import { median } from './support/result.ts'

/*
 * The long kill test: `node bench/kill.ts --kills 100 --seed 7`. Videos are uploaded to a server of its own, which is
 * killed (kill -9, the whole tree or the main process alone) at random moments of upload, probe, encode and package, and
 * started again. The seed repeats what is chosen, not what the machine makes of it. Ends with 1 when anything is not as
 * if nothing had happened. With `--films` it is films that are made of an idea, and killed in each of their stages.
 */

const { values } = parseArgs({
  options: {
    kills: { type: 'string', default: '100' },
    seed: { type: 'string', default: String(process.pid) },
    films: { type: 'boolean', default: false },
  },
})
const [kills, seed] = [Number(values.kills), Number(values.seed)]
if (!Number.isSafeInteger(kills) || kills < 1 || !Number.isSafeInteger(seed)) {
  throw new RangeError('--kills and --seed are whole numbers')
}

await using folder = newDataFolder('kill')
console.log(`${kills} kills, seed ${seed}`)
const told = values.films ? await killFilms() : await killVideos()
for (const fault of told.faults) console.log(`FAULT: ${fault}`)
if (told.faults.length > 0 || told.exitCode !== 0) process.exitCode = 1
else console.log('every video is ready exactly once, and nothing is left behind')

async function killVideos() {
  const campaign = await runCampaign({
    ...{ seed, kills, dataDir: folder.path, sources: await killSources() },
    onKill: ({ phase, mode, state, atWork, restartMs }, number) => {
      const work = atWork ? ', media tools at work' : ''
      console.log(
        `${number}: ${mode} in ${phase} (video ${state}${work}), listening again in ${Math.round(restartMs)} ms`,
      )
    },
  })
  const counted = (name: string, count: number): string => `${name} ${count}`
  const phases = Map.groupBy(campaign.kills, ({ phase, mode }) => `${mode} in ${phase}`)
  console.log([...phases].map(([name, some]) => counted(name, some.length)).join(', '))
  console.log(`${campaign.kills.filter(({ atWork }) => atWork).length} kills hit running media tools`)
  console.log(`restart: median ${Math.round(median(campaign.kills.map(({ restartMs }) => restartMs)))} ms`)
  console.log(
    `${campaign.videos} videos, ${campaign.lostAttempts} attempts lost, SIGTERM ended with ${campaign.exitCode}`,
  )
  return campaign
}

async function killFilms() {
  const campaign = await runFilmCampaign({
    ...{ seed, kills, dataDir: folder.path },
    onKill: ({ stage, hit, restartMs }, number) =>
      console.log(`${number}: aimed at ${stage}, hit ${hit}, listening again in ${Math.round(restartMs)} ms`),
  })
  const hits = Map.groupBy(campaign.kills, ({ hit }) => hit)
  console.log([...hits].map(([name, some]) => `${name} ${some.length}`).join(', '))
  console.log(`restart: median ${Math.round(median(campaign.kills.map(({ restartMs }) => restartMs)))} ms`)
  console.log(`${campaign.films} films, SIGTERM ended with ${campaign.exitCode}`)
  return campaign
}
