/** Fields of JSON that is not believed, and how it is refused: where, what stood there, what was expected. Pure. */

/** The message is complete but for the place, which within() puts in front. */
export class Refusal extends Error {
  override readonly name = 'Refusal';
}

export type Fields = Readonly<Record<string, unknown>>;

/** Refusals of `read` tell this place too. */
export function within<Value>(place: string, read: () => Value): Value {
  try {
    return read();
  } catch (error) {
    if (error instanceof Refusal) throw new Refusal(`${place}: ${error.message}`);
    throw error;
  }
}

export function objectAt(value: unknown, name: string): Fields {
  if (value === undefined) throw new Refusal(`${name} is missing; expected an object`);
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new Refusal(`${name} is ${shown(value)}; expected an object`);
  return value as Fields;
}

export function recordAt(fields: Fields, name: string): Fields {
  return objectAt(fields[name], name);
}

export function arrayAt(fields: Fields, name: string): readonly unknown[] {
  const value = fields[name];
  if (Array.isArray(value)) return value;
  throw new Refusal(`${name} is ${shown(value)}; expected an array`);
}

export function stringAt(fields: Fields, name: string): string {
  const value = fields[name];
  if (typeof value === 'string' && value !== '') return value;
  throw new Refusal(`${name} is ${shown(value)}; expected text`);
}

export function shown(value: unknown): string {
  if (value === undefined) return 'missing';
  const text = JSON.stringify(value);
  return text.length > 60 ? `${text.slice(0, 60)}...` : text;
}
