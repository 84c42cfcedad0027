import { type KeyObject, createHash, generateKeyPairSync, randomBytes, sign } from 'node:crypto'

/** A value of CBOR (RFC 8949), as far as authenticators write it. */
type Cbor = number | string | Buffer | Map<number | string, Cbor>

function cborHead(major: number, length: number): Buffer {
  if (length < 24) return Buffer.from([(major << 5) | length])
  if (length < 256) return Buffer.from([(major << 5) | 24, length])
  return Buffer.from([(major << 5) | 25, length >> 8, length & 0xff])
}

function cbor(value: Cbor): Buffer {
  if (typeof value === 'number') return value >= 0 ? cborHead(0, value) : cborHead(1, -1 - value)
  if (typeof value === 'string') return Buffer.concat([cborHead(3, Buffer.byteLength(value)), Buffer.from(value)])
  if (Buffer.isBuffer(value)) return Buffer.concat([cborHead(2, value.length), value])
  return Buffer.concat([cborHead(5, value.size), ...[...value].flatMap(([key, one]) => [cbor(key), cbor(one)])])
}

const sha256 = (data: Buffer | string): Buffer => createHash('sha256').update(data).digest()

const USER_PRESENT = 0x01
const USER_VERIFIED = 0x04
const HAS_CREDENTIAL = 0x40

interface Options {
  readonly challenge: string
}

/** A passkey in software (WebAuthn 3, section 6): ES256, no attestation. It lies where a test asks it to. */
export class Authenticator {
  #id = randomBytes(32)
  #keys = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  readonly #rpId: string
  readonly #origin: string
  #count = 0

  constructor(origin: string, rpId = 'localhost') {
    this.#origin = origin
    this.#rpId = rpId
  }

  /** The same passkey, asked by a page of another origin or for another host. */
  at(origin: string, rpId: string): Authenticator {
    const other = new Authenticator(origin, rpId)
    other.#id = this.#id
    other.#keys = this.#keys
    other.#count = this.#count + 100
    return other
  }

  /** What `navigator.credentials.create` would give as JSON. */
  create({ challenge }: Options) {
    const { x = '', y = '' } = this.#keys.publicKey.export({ format: 'jwk' })
    const key = new Map<number, Cbor>([
      ...([
        [1, 2],
        [3, -7],
        [-1, 1],
      ] as const),
      ...([
        [-2, Buffer.from(x, 'base64url')],
        [-3, Buffer.from(y, 'base64url')],
      ] as const),
    ])
    const idLength = Buffer.from([0, this.#id.length])
    const credential = Buffer.concat([Buffer.alloc(16), idLength, this.#id, cbor(key)])
    const attestation = new Map<string, Cbor>([
      ['fmt', 'none'],
      ['attStmt', new Map()],
      ['authData', Buffer.concat([this.#data(HAS_CREDENTIAL), credential])],
    ])
    return this.#answer({
      clientDataJSON: this.#client('webauthn.create', challenge).toString('base64url'),
      attestationObject: cbor(attestation).toString('base64url'),
      transports: ['internal'],
    })
  }

  /** What `navigator.credentials.get` would give as JSON; `key` signs in the place of its own. */
  get({ challenge }: Options, key: KeyObject = this.#keys.privateKey) {
    this.#count += 1
    const client = this.#client('webauthn.get', challenge)
    const data = this.#data(0)
    return this.#answer({
      clientDataJSON: client.toString('base64url'),
      authenticatorData: data.toString('base64url'),
      signature: sign('sha256', Buffer.concat([data, sha256(client)]), key).toString('base64url'),
    })
  }

  #client(type: string, challenge: string): Buffer {
    return Buffer.from(JSON.stringify({ type, challenge, origin: this.#origin, crossOrigin: false }))
  }

  #data(flags: number): Buffer {
    const count = Buffer.alloc(4)
    count.writeUInt32BE(this.#count)
    return Buffer.concat([sha256(this.#rpId), Buffer.from([USER_PRESENT | USER_VERIFIED | flags]), count])
  }

  #answer<R extends object>(response: R) {
    const id = this.#id.toString('base64url')
    return { id, rawId: id, type: 'public-key', clientExtensionResults: {}, response } as const
  }
}
