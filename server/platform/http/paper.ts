import { join } from 'node:path'
import { readTextFile } from '../storage/files.ts'

/** The style that our pages share: colours by day and night, type, header and footer. Each page's own comes after it. */
export function paper(): Promise<string> {
  return readTextFile(join(import.meta.dirname, 'paper.css'))
}
