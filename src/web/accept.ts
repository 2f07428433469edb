/** Accept (RFC 9110, section 12.5.1). Pure. */

/** Whether `contentType` may be answered; a header that cannot be read forbids nothing. */
export function accepts(header: string | undefined, contentType: string): boolean {
  if (header === undefined || header.trim() === '') return true;
  const [wanted = ''] = contentType.split(';');
  const [kind = ''] = wanted.split('/');
  let best: { readonly exactness: number; readonly refused: boolean } | undefined;
  for (const part of header.split(',', 64)) {
    const [range = '', ...parameters] = part.split(';').map((word) => word.trim().toLowerCase());
    const exactness = [`*/*`, `${kind}/*`, wanted].indexOf(range);
    if (exactness < 0 || (best !== undefined && best.exactness > exactness)) continue;
    best = { exactness, refused: parameters.some((word) => /^q=0(\.0*)?$/.test(word)) };
  }
  return best !== undefined && !best.refused;
}
