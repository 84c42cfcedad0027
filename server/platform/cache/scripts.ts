import { createHash } from 'node:crypto'

/** A Lua script of Redis. Each runs as one step: nothing happens between its commands. */
export interface Script {
  readonly text: string
  readonly sha1: string
}

/** A script of this text, with the name by which Redis remembers it. */
export function script(text: string): Script {
  return { text, sha1: createHash('sha1').update(text).digest('hex') }
}

// A tag has a token, a random text that is made when somebody looks, and dies when the tag is invalidated (or forgotten by
// Redis, for whatever reason: a new one never equals an old one). A value is kept beside the tokens it was computed under
// and served while they live. A transaction that changes a tag announces itself before it commits: until it has ended, or
// died, nothing is kept and nothing is served under the tag.

/**
 * KEYS: value, lock, tokens…, announcements…  ARGV: new token, life of tokens in ms, ticket, life of the lock in ms.
 * Answers `[1, payload]` or `[0, stamp, leads, may keep]`.
 */
export const LOOK = script(`
local count = (#KEYS - 2) / 2
local tokens, changing = {}, 0
for i = 1, count do
  local token = redis.call('GET', KEYS[2 + i])
  if not token then
    token = ARGV[1]
    redis.call('SET', KEYS[2 + i], token, 'PX', ARGV[2])
  end
  tokens[i] = token
  changing = changing + redis.call('EXISTS', KEYS[2 + count + i])
end
local stamp = table.concat(tokens, ' ')
if changing > 0 then return {0, stamp, 1, 0} end
local kept = redis.call('HMGET', KEYS[1], 'stamp', 'payload')
if kept[1] == stamp and kept[2] then return {1, kept[2]} end
local lock = redis.call('GET', KEYS[2])
if lock and string.sub(lock, 1, #stamp + 1) == stamp .. '|' then return {0, stamp, 0, 1} end
redis.call('SET', KEYS[2], stamp .. '|' .. ARGV[3], 'PX', ARGV[4])
return {0, stamp, 1, 1}
`)

/** KEYS as above. ARGV: stamp, payload, life of the value in ms, ticket. Keeps the value if its tokens still live. */
export const KEEP = script(`
local count = (#KEYS - 2) / 2
local tokens, changing = {}, 0
for i = 1, count do
  tokens[i] = redis.call('GET', KEYS[2 + i]) or ''
  changing = changing + redis.call('EXISTS', KEYS[2 + count + i])
end
if redis.call('GET', KEYS[2]) == ARGV[1] .. '|' .. ARGV[4] then redis.call('DEL', KEYS[2]) end
if changing > 0 or table.concat(tokens, ' ') ~= ARGV[1] then return 0 end
redis.call('DEL', KEYS[1])
redis.call('HSET', KEYS[1], 'stamp', ARGV[1], 'payload', ARGV[2])
redis.call('PEXPIRE', KEYS[1], ARGV[3])
return 1
`)

/** KEYS: lock. ARGV: stamp, ticket. */
export const LET_GO = script(`
if redis.call('GET', KEYS[1]) == ARGV[1] .. '|' .. ARGV[2] then redis.call('DEL', KEYS[1]) end
return 1
`)

/** KEYS: value. */
export const FORGET = script("return redis.call('DEL', KEYS[1])")

/** KEYS: tokens…, announcements…  ARGV: ticket, life of the announcement in ms. A transaction is about to commit. */
export const CHANGING = script(`
local count = #KEYS / 2
for i = 1, count do redis.call('DEL', KEYS[i]) end
for i = 1, count do
  redis.call('SADD', KEYS[count + i], ARGV[1])
  redis.call('PEXPIRE', KEYS[count + i], ARGV[2])
end
return 1
`)

/** KEYS: tokens…, announcements…  ARGV: ticket. The transaction has ended. */
export const CHANGED = script(`
local count = #KEYS / 2
for i = 1, count do
  redis.call('DEL', KEYS[i])
  redis.call('SREM', KEYS[count + i], ARGV[1])
end
return 1
`)
