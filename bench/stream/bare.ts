import fastify from 'fastify'
import pg from 'pg'

/** The floor for a read: Fastify, one prepared statement on a pool of the same size, nothing else. Prints where it listens. */
const wanted = JSON.parse(process.argv[2] ?? '{}') as {
  readonly connection: pg.ClientConfig
  readonly sql: string
  readonly parameters: readonly unknown[]
}
const pool = new pg.Pool({ ...wanted.connection, max: 12 })
const app = fastify()
app.get('/video', async () => {
  const { rows } = await pool.query({ name: 'video', text: wanted.sql, values: [...wanted.parameters] })
  return rows[0]
})
process.stdout.write(`${await app.listen({ port: 0, host: '127.0.0.1' })}\n`)
process.stdin.resume().on('end', () => void app.close().then(() => pool.end()))
