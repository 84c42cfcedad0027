import { expect, test } from 'vitest'
import { runFilmCampaign } from './films.ts'
import { newDataFolder } from './server.ts'

// `node bench/kill.ts --films --kills 100 --seed N` is the long form.
const SEED = 20_261_121

test(`killed in two of its stages (seed ${SEED}), a production makes one film, one video, and every cost once`, async () => {
  await using folder = newDataFolder('kill-films')
  const { kills, ...campaign } = await runFilmCampaign({ seed: SEED, kills: 2, dataDir: folder.path })
  expect(campaign).toEqual({ films: 1, exitCode: 0, faults: [] })
  expect(kills.length).toBe(2)
}, 600_000)
