// Replaces a MongoDB server, which neither Debian nor npm provides.
import { setTimeout as wait } from 'node:timers/promises'

/** The methods of the MongoDB driver's collection that connect-mongo calls, on a map; they answer with a delay, as a server does. */
export function collectionInMemory() {
  type Row = { _id: string } & Record<string, unknown>
  const rows = new Map<string, Row>()
  const later = async <T>(work: () => T): Promise<T> => {
    await wait(Math.random() * 3)
    const value = structuredClone(work())
    await wait(Math.random() * 2)
    return value
  }
  return {
    findOne: ({ _id }: Row) => later(() => rows.get(_id) ?? null),
    updateOne: ({ _id }: Row, { $set }: { $set: Row }, options?: { upsert?: boolean }) =>
      later(() => {
        const row = rows.get(_id)
        if (row || options?.upsert) rows.set(_id, { ...row, ...structuredClone($set), _id })
        return { matchedCount: row ? 1 : 0, upsertedCount: row || !options?.upsert ? 0 : 1 }
      }),
    deleteOne: ({ _id }: Row) => later(() => ({ deletedCount: Number(rows.delete(_id)) }))
  }
}
