/** Addresses with ports as text. Nothing of Node in here: the page in the browser writes them, too. */

/** "address:port", IPv6 in brackets (RFC 5952 §6). */
export function formatEndpoint(address: string, port: number): string {
  return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;
}
