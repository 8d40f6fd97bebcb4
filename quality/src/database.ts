import type { QueryResultRow } from 'pg';

/** A connection, or several. */
export interface Queryable {
  query<Row extends QueryResultRow>(text: string, values?: unknown[]): Promise<{ rows: Row[] }>;
}
