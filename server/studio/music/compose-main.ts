import { readTextFile, writeTempFile } from '#platform/storage/files.ts'
import { wavOf } from '../voices/wav.ts'
import { compose } from './compose.ts'
import type { MusicRequest } from './schema.ts'
import { SAMPLE_RATE } from './tone.ts'

// A program of its own, because it computes for seconds. Its arguments are the paths of the score and of what is played.
const [, , score = '', path = ''] = process.argv
const { left, right } = compose(JSON.parse(await readTextFile(score)) as MusicRequest)
await writeTempFile(path, wavOf([left, right], SAMPLE_RATE))
