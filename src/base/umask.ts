/** A umask as keepalived takes it. */

const bits: Readonly<Record<string, number>> = {
  IRUSR: 0o400,
  IWUSR: 0o200,
  IXUSR: 0o100,
  IRGRP: 0o040,
  IWGRP: 0o020,
  IXGRP: 0o010,
  IROTH: 0o004,
  IWOTH: 0o002,
  IXOTH: 0o001,
};

/** Octal with a leading 0, hexadecimal with 0x, decimal, or bits such as `IWGRP|IWOTH`. Undefined: none of these. */
export function parseUmask(text: string): number | undefined {
  if (/^0[0-7]*$/.test(text)) return inRange(Number.parseInt(text, 8));
  if (/^(0x[0-9a-f]+|[1-9][0-9]*)$/i.test(text)) return inRange(Number(text));
  let mask = 0;
  for (const name of text.split('|')) {
    const bit = Object.hasOwn(bits, name) ? bits[name] : undefined;
    if (bit === undefined) return undefined;
    mask |= bit;
  }
  return mask;
}

function inRange(mask: number): number | undefined {
  return mask <= 0o777 ? mask : undefined;
}
