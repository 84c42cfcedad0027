import { expect, test } from 'vitest'
import {
  type SignedRequest,
  UNSIGNED_PAYLOAD,
  chunkSignature,
  sha256Hex,
  signatureOf,
  signingKey,
  verify,
} from './signature.ts'

const EMPTY = sha256Hex('')

/**
 * Amazon S3 API Reference, "Signature Calculations for the Authorization Header: Transferring Payload in a Single Chunk",
 * the four examples.
 */
const S3_KEY = { accessKeyId: 'AKIAIOSFODNN7EXAMPLE', secretAccessKey: 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY' }
const S3_CREDENTIALS = { ...S3_KEY, region: 'us-east-1' }
const S3_SCOPE = '20130524/us-east-1/s3/aws4_request'
const S3_TIME = '20130524T000000Z'
const S3_NOW = new Date('2013-05-24T00:00:00Z')
const s3Headers = { host: 'examplebucket.s3.amazonaws.com', 'x-amz-date': S3_TIME }

const S3_EXAMPLES: readonly [says: string, request: SignedRequest, signature: string][] = [
  [
    'GET Object with a range',
    {
      ...{ method: 'GET', path: '/test.txt', query: '' },
      headers: { ...s3Headers, range: 'bytes=0-9', 'x-amz-content-sha256': EMPTY },
    },
    'f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41',
  ],
  [
    'PUT Object with a dollar sign in its key',
    {
      ...{ method: 'PUT', path: '/test$file.text', query: '' },
      headers: {
        ...s3Headers,
        date: 'Fri, 24 May 2013 00:00:00 GMT',
        'x-amz-content-sha256': sha256Hex('Welcome to Amazon S3.'),
        'x-amz-storage-class': 'REDUCED_REDUNDANCY',
      },
    },
    '98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd',
  ],
  [
    'GET Bucket Lifecycle, a parameter without a value',
    { method: 'GET', path: '/', query: 'lifecycle', headers: { ...s3Headers, 'x-amz-content-sha256': EMPTY } },
    'fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543',
  ],
  [
    'GET Bucket (List Objects)',
    {
      method: 'GET',
      path: '/',
      query: 'max-keys=2&prefix=J',
      headers: { ...s3Headers, 'x-amz-content-sha256': EMPTY },
    },
    '34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7',
  ],
]

const signedBy = ({ headers }: SignedRequest): string[] => Object.keys(headers).toSorted()

function withAuthorization(request: SignedRequest, signature: string): SignedRequest {
  const authorization = `AWS4-HMAC-SHA256 Credential=${S3_KEY.accessKeyId}/${S3_SCOPE},SignedHeaders=${signedBy(request).join(';')},Signature=${signature}`
  return { ...request, headers: { ...request.headers, authorization } }
}

test.each(S3_EXAMPLES)("Amazon's example verifies: %s", (_says, request, signature) => {
  expect(verify(withAuthorization(request, signature), S3_CREDENTIALS, S3_NOW).seed.signature).toBe(signature)
})

/** The same reference, "Authenticating Requests: Using Query Parameters", the example. */
const PRESIGNED: SignedRequest = {
  ...{ method: 'GET', path: '/test.txt', headers: { host: 'examplebucket.s3.amazonaws.com' } },
  query: [
    'X-Amz-Algorithm=AWS4-HMAC-SHA256',
    'X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F20130524%2Fus-east-1%2Fs3%2Faws4_request',
    'X-Amz-Date=20130524T000000Z',
    'X-Amz-Expires=86400',
    'X-Amz-SignedHeaders=host',
    'X-Amz-Signature=aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404',
  ].join('&'),
}

test("Amazon's presigned URL verifies, until it expires", () => {
  expect(verify(PRESIGNED, S3_CREDENTIALS, S3_NOW).payloadHash).toBe(UNSIGNED_PAYLOAD)
  expect(() => verify(PRESIGNED, S3_CREDENTIALS, new Date('2013-05-25T00:00:00Z'))).not.toThrow()
  expect(() => verify(PRESIGNED, S3_CREDENTIALS, new Date('2013-05-25T00:00:01Z'))).toThrow('expired')
  const other = { ...PRESIGNED, path: '/other.txt' }
  expect(() => verify(other, S3_CREDENTIALS, S3_NOW)).toThrow('does not match')
})

test("the chunks of Amazon's example stream have their signatures", () => {
  // The same reference, "Transferring Payload in Multiple Chunks (Chunked Upload)": 65 KiB of the letter a.
  const seed = {
    ...{ scope: S3_SCOPE, amzDate: S3_TIME, key: signingKey(S3_KEY.secretAccessKey, S3_SCOPE) },
    signature: '4f232c4386841ef735655705268965c44a0e4690baa4adea153f7db9fa80a0a9',
  }
  const chunks = [Buffer.alloc(65_536, 'a'), Buffer.alloc(1024, 'a'), Buffer.alloc(0)]
  const signatures: string[] = []
  for (const chunk of chunks) signatures.push(chunkSignature(seed, signatures.at(-1) ?? seed.signature, chunk))
  expect(signatures).toEqual([
    'ad80c730a21e5b8d04586a2213dd63b9a0e99e0e2307b0ade35a65485a288648',
    '0055627c9e194cb4542bae2aa5492e3c1575bbb81b612b7d234b86a503ef5497',
    'b6c6ea8a5354eaf15b3cb7646744f4275b71ea724fed81ceb9323e279d449df9',
  ])
})

/** The AWS Signature Version 4 Test Suite (aws-sig-v4-test-suite), those cases in which S3 signs as all others do. */
const SUITE = { amzDate: '20150830T123600Z', scope: '20150830/us-east-1/service/aws4_request' }
const SUITE_SECRET = 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY'
const suiteHeaders = { host: 'example.amazonaws.com', 'x-amz-date': SUITE.amzDate }
const UNRESERVED = '-._~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'

const CASES: readonly [name: string, request: SignedRequest, signature: string][] = [
  [
    'get-vanilla',
    { method: 'GET', path: '/', query: '', headers: suiteHeaders },
    '5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31',
  ],
  [
    'get-vanilla-query-order-key-case',
    { method: 'GET', path: '/', query: 'Param2=value2&Param1=value1', headers: suiteHeaders },
    'b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500',
  ],
  [
    'get-vanilla-empty-query-key',
    { method: 'GET', path: '/', query: 'Param1=value1', headers: suiteHeaders },
    'a67d582fa61cc504c4bae71f336f98b97f1ea3c7a6bfe1b6e45aec72011b9aeb',
  ],
  [
    'get-vanilla-utf8-query',
    { method: 'GET', path: '/', query: 'ሴ=bar', headers: suiteHeaders },
    '2cdec8eed098649ff3a119c94853b13c643bcf08f8b0a1d91e12c9027818dd04',
  ],
  [
    'get-unreserved',
    { method: 'GET', path: `/${UNRESERVED}`, query: '', headers: suiteHeaders },
    '07ef7494c76fa4850883e2b006601f940f8a34d404d0cfa977f52a65bbf5f24f',
  ],
  [
    'get-header-value-trim',
    {
      ...{ method: 'GET', path: '/', query: '' },
      headers: { ...suiteHeaders, 'my-header1': ' value1', 'my-header2': ' "a   b   c"' },
    },
    'acc3ed3afb60bb290fc8d2dd0098b9911fcaa05412b367055dee359757a9c736',
  ],
  [
    'post-vanilla',
    { method: 'POST', path: '/', query: '', headers: suiteHeaders },
    '5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b',
  ],
]

test.each(CASES)('the case %s of the test suite is signed as published', (_name, request, signature) => {
  const claim = { ...SUITE, signedHeaders: signedBy(request), payloadHash: EMPTY }
  expect(signatureOf(request, claim, SUITE_SECRET)).toBe(signature)
})

const [, GET_OBJECT, GET_SIGNATURE] = S3_EXAMPLES[0] ?? []
if (GET_OBJECT === undefined || GET_SIGNATURE === undefined) throw new Error('the first example is missing')
const signed = withAuthorization(GET_OBJECT, GET_SIGNATURE)
const without = (name: string): SignedRequest => {
  const { [name]: _gone, ...headers } = signed.headers
  return { ...signed, headers }
}

test.each([
  ['a wrong secret', signed, { ...S3_CREDENTIALS, secretAccessKey: 'another' }, 0, 'SignatureDoesNotMatch'],
  ['an unknown key', signed, { ...S3_CREDENTIALS, accessKeyId: 'AKIDOTHER' }, 0, 'InvalidAccessKeyId'],
  ['another region', signed, { ...S3_CREDENTIALS, region: 'eu-central-1' }, 0, 'AuthorizationHeaderMalformed'],
  ['a clock 15 minutes and a second ahead', signed, S3_CREDENTIALS, 901, 'RequestTimeTooSkewed'],
  ['a clock 15 minutes and a second behind', signed, S3_CREDENTIALS, -901, 'RequestTimeTooSkewed'],
  ['no signature', without('authorization'), S3_CREDENTIALS, 0, 'AccessDenied'],
  ['no hash of the body', without('x-amz-content-sha256'), S3_CREDENTIALS, 0, 'InvalidRequest'],
  ['another path', { ...signed, path: '/other.txt' }, S3_CREDENTIALS, 0, 'SignatureDoesNotMatch'],
  ['another method', { ...signed, method: 'DELETE' }, S3_CREDENTIALS, 0, 'SignatureDoesNotMatch'],
  ['a query that was not signed', { ...signed, query: 'acl' }, S3_CREDENTIALS, 0, 'SignatureDoesNotMatch'],
  [
    'a header that was not signed',
    { ...signed, headers: { ...signed.headers, 'x-amz-acl': 'public-read' } },
    S3_CREDENTIALS,
    0,
    'AccessDenied',
  ],
])('%s is refused', (_says, request, credentials, skewS, code) => {
  const now = new Date(S3_NOW.getTime() + skewS * 1000)
  expect(() => verify(request, credentials, now)).toThrow(expect.objectContaining({ code }))
})

test('a clock that differs by 15 minutes is borne', () => {
  expect(() => verify(signed, S3_CREDENTIALS, new Date(S3_NOW.getTime() + 900_000))).not.toThrow()
})
