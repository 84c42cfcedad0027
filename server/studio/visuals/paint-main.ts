import { type Raster, paintFrames } from './frames.ts'
import { readTextFile } from '#platform/storage/files.ts'
import { writeOutput } from '#platform/process/output.ts'

// A program of its own: letters and shapes of strangers' texts are formed by native code, which must not take the server
// with it, and drawing takes a processor for a long time. Its only argument is the path of what to draw.
const raster = JSON.parse(await readTextFile(process.argv[2] ?? '')) as Raster
for await (const frame of paintFrames(raster)) await writeOutput(frame)
