const HEADER_BYTES = 44

/** A WAV of 16-bit samples; values beyond ±1 are cut. All channels are of one length. */
export function wavOf(channels: readonly Float32Array[], sampleRate: number): Buffer {
  const frames = channels[0]?.length ?? 0
  const dataBytes = frames * channels.length * 2
  const wav = Buffer.alloc(HEADER_BYTES + dataBytes)
  wav.write('RIFF', 0, 'latin1')
  wav.writeUInt32LE(36 + dataBytes, 4)
  wav.write('WAVEfmt ', 8, 'latin1')
  wav.writeUInt32LE(16, 16)
  wav.writeUInt16LE(1, 20)
  wav.writeUInt16LE(channels.length, 22)
  wav.writeUInt32LE(sampleRate, 24)
  wav.writeUInt32LE(sampleRate * channels.length * 2, 28)
  wav.writeUInt16LE(channels.length * 2, 32)
  wav.writeUInt16LE(16, 34)
  wav.write('data', 36, 'latin1')
  wav.writeUInt32LE(dataBytes, 40)
  const samples = new Int16Array(wav.buffer, wav.byteOffset + HEADER_BYTES, frames * channels.length)
  for (const [channel, values] of channels.entries()) {
    for (let at = 0; at < frames; at += 1) {
      samples[at * channels.length + channel] = Math.round(32_767 * Math.max(-1, Math.min(1, values[at] ?? 0)))
    }
  }
  return wav
}

/**
 * The samples of a WAV of one channel and 16 bits, such as a synthesiser writes, as numbers between -1 and 1.
 * @throws RangeError when it is none
 */
export function samplesOf(wav: Buffer): { readonly sampleRate: number; readonly samples: Float32Array } {
  if (wav.length < HEADER_BYTES || wav.toString('latin1', 0, 4) !== 'RIFF' || wav.readUInt16LE(20) !== 1) {
    throw new RangeError('Not a plain WAV')
  }
  if (wav.readUInt16LE(22) !== 1 || wav.readUInt16LE(34) !== 16) throw new RangeError('Not one channel of 16 bits')
  let at = 12
  while (wav.toString('latin1', at, at + 4) !== 'data') {
    at += 8 + wav.readUInt32LE(at + 4)
    if (at + 8 > wav.length) throw new RangeError('A WAV without samples')
  }
  // A program that writes to a pipe does not know the size beforehand and writes the largest.
  const count = Math.floor(Math.min(wav.readUInt32LE(at + 4), wav.length - at - 8) / 2)
  const samples = new Float32Array(count)
  for (let index = 0; index < count; index += 1) samples[index] = wav.readInt16LE(at + 8 + 2 * index) / 32_768
  return { sampleRate: wav.readUInt32LE(24), samples }
}
