/** What follows the `?`, read as the row says. Pure. */
import type { QueryValue, Schema } from './route.ts';

type Rows = Readonly<Record<string, Schema>>;

/** The values, or one sentence that says which is wrong. Of a name that comes twice the last counts, but for lists. */
export function readQuery(text: string, rows: Rows = {}): Readonly<Record<string, QueryValue>> | string {
  const values: Record<string, QueryValue> = {};
  for (const [name, value] of new URLSearchParams(text)) {
    const row = Object.hasOwn(rows, name) ? rows[name] : undefined;
    if (row === undefined) return `Cannot use the query ${JSON.stringify(name)}: ${known(rows)}`;
    const read = readValue(value, row);
    if (read === undefined) return `Cannot use ${name}=${JSON.stringify(value)}: expected ${expected(row)}`;
    const before = values[name];
    values[name] = Array.isArray(before) && Array.isArray(read) ? [...before, ...read] : read;
  }
  return values;
}

function readValue(value: string, { type, minimum, maximum }: Schema): QueryValue | undefined {
  if (type === 'boolean')
    return value === '' || value === 'true' ? true : value === 'false' ? false : undefined;
  if (type === 'array') return [value];
  if (type !== 'integer') return value;
  const number = /^\d{1,9}$/.test(value) ? Number(value) : Number.NaN;
  return number >= Number(minimum) && number <= Number(maximum) ? number : undefined;
}

function expected({ type, minimum, maximum }: Schema): string {
  return type === 'boolean' ? 'nothing, true or false' : `a whole number from ${minimum} to ${maximum}`;
}

function known(rows: Rows): string {
  const names = Object.keys(rows);
  return names.length === 0 ? 'nothing can be asked for here' : `there is ${names.join(', ')}`;
}
