import fc, { type Arbitrary } from 'fast-check'
import { idsOf } from './values.ts'

const of = (...values: readonly string[]): Arbitrary<string> => fc.constantFrom(...values)

/** What HTTP lets stand in a header (RFC 9110 §5.5), and what Node sends. */
const ANY_VALUE = fc.oneof(
  fc.stringMatching(/^[\x20-\x7e]{0,40}$/),
  of('', '0', '-1', 'x', '*', '"x"', ',', ';', '=', 'é', 'ÿ', 'x'.repeat(4000), '1, 1', "' or 1=1 --", '%00', '\tx'),
)

const COUNTS = of('0', '1', '5', '05', '-1', '+5', '5.0', '1e3', '0x10', '9007199254740993', '9'.repeat(40), '5, 5', '')
const TAGS = of('*', '"x"', 'W/"x"', '"x", *', '', 'x', '"', '"'.repeat(500), 'W/', '"é"')
const base64 = (text: string): string => Buffer.from(text).toString('base64')

/** Headers that mean something here, right ones and wrong ones. Others are told by their descriptions alone. */
const VALUES: Readonly<Record<string, Arbitrary<string>>> = {
  'if-match': TAGS,
  'if-none-match': TAGS,
  'idempotency-key': fc.oneof(of('', 'x', 'a-key', 'x'.repeat(255), 'x'.repeat(256), 'é', ' ', '"a-key"'), ANY_VALUE),
  range: of(
    ...['bytes=0-', 'bytes=-1', 'bytes=0-0', 'bytes=5-2', 'bytes=999999999-', 'bytes=-0', 'bytes=x-y', 'lines=1-2'],
    ...['bytes=', 'bytes=9223372036854775808-', 'bytes=0-1,2-3', `bytes=${'0-0,'.repeat(500)}0-0`, 'bytes =0-1', ''],
  ),
  'last-event-id': fc.oneof(of('', '0', 'x', 'é', '-1'), idsOf('')),
  'tus-resumable': fc.oneof({ arbitrary: of('1.0.0'), weight: 9 }, of('0.2.2', '', '1.0.0, 1.0.0', 'x')),
  'upload-length': fc.oneof({ arbitrary: of('5', '10', '0'), weight: 3 }, COUNTS, of(String(2 ** 50))),
  'upload-offset': fc.oneof({ arbitrary: of('0'), weight: 3 }, COUNTS),
  'upload-defer-length': of('1', '0', '2', ''),
  'upload-metadata': of(
    ...[
      `title ${base64('A fuzz')}`,
      `title ${base64('')}`,
      `filename ${base64('../../x\0.mp4')}`,
      'title',
      'title x y',
    ],
    ...[`visibility ${base64('private')}`, `visibility ${base64('all')}`, `purpose ${base64('video')}`, ',', 'é AA=='],
    ...[`purpose ${base64('x')}`, `title ${base64('\ud800')}`, `title /w==`, `title ${base64('x'.repeat(3000))}`],
    ...['a AA==,a AA==', `title ${base64('x')},`, '__proto__ AA==', 'title =', `filetype ${base64('text/html')}`],
  ),
  'upload-concat': fc.oneof(
    of('partial', 'final;', 'final', 'final;/api/v1/uploads/x', 'final;http://127.0.0.1:9/x', 'x', ''),
    idsOf('upload').map((id) => `final;/api/v1/uploads/${id}`),
    idsOf('upload').map((id) => `final;/api/v1/uploads/${id} /api/v1/uploads/${id}`),
  ),
  'upload-checksum': of(
    ...['sha1 qvTGHdzF6KLavt4PO0gs2a6pQ00=', 'sha256 x', 'md5 x', 'sha1', 'sha1 ', ' ', `sha1 ${'A'.repeat(5000)}`],
  ),
  origin: of('https://evil.example', 'null', '', 'x', 'http://127.0.0.1:9'),
  'x-forwarded-for': of('127.0.0.1', '::1', '203.0.113.7, 10.0.0.1', 'x', '1'.repeat(3000), '::ffff:127.0.0.1', ','),
  'x-forwarded-host': of('evil.example', '', 'x y'),
  'x-forwarded-proto': of('https', 'gopher', ''),
  forwarded: of('for=127.0.0.1;host=evil.example', 'x'),
  'x-http-method-override': of('DELETE', 'PATCH', 'x'),
  'x-request-id': of('x', 'a-good-request-id', 'x'.repeat(500), 'é'.repeat(20)),
  'content-encoding': of('gzip', 'br', 'identity', 'x', 'gzip, gzip'),
  'accept-encoding': of('gzip', 'br', '*;q=0', 'x', 'identity', 'gzip;q=9'),
  accept: of('text/html', 'application/xml', 'x', '*/*;q=0'),
  cookie: of('a=b', '__Host-session=x', 'x', '='.repeat(2000), 'session=%00; session=%00'),
  host: of('evil.example', '127.0.0.1', 'x:99999', '[::1', 'a@b'),
  'if-modified-since': of('x', 'Thu, 01 Jan 1970 00:00:00 GMT'),
  upgrade: of('websocket', 'h2c', 'x'),
}

const EVERYWHERE = fc.constantFrom(...Object.keys(VALUES)).chain((name) => {
  const values = VALUES[name] ?? ANY_VALUE
  return fc.tuple(fc.constant(name), fc.oneof({ arbitrary: values, weight: 4 }, ANY_VALUE))
})

/** Some headers that any call may carry. */
export const strayHeaders: Arbitrary<Record<string, string>> = fc
  .array(EVERYWHERE, { minLength: 1, maxLength: 3 })
  .map((entries) => Object.fromEntries(entries))

/** Values for a header that an operation describes. */
export function valuesOfHeader(name: string): Arbitrary<string> {
  return VALUES[name.toLowerCase()] ?? ANY_VALUE
}
