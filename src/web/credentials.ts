/** The files that xlb_http_token and xlb_http_tls name. Read when HTTP begins and with each reload. */
import { X509Certificate } from 'node:crypto';
import { closeSync, constants, fstatSync, openSync, readFileSync } from 'node:fs';
import { createSecureContext } from 'node:tls';
import { reasonOf, XlbError } from '../base/errors.ts';
import { digestOf } from './access.ts';
import type { Tls } from './server.ts';

const MAX_FILE_BYTES = 256 * 1024;
/** What a bearer token may be (RFC 6750, section 2.1), and long enough that nobody tries them all. */
const TOKEN = /^[A-Za-z0-9._~+/-]{16,512}=*$/;

/** Its digest; the text is not kept. Throws HOST with the cure, as `readTls`. */
export function readToken(file: string): Uint8Array {
  const text = readSecret('xlb_http_token', file).trim();
  if (TOKEN.test(text)) return digestOf(text);
  throw new XlbError(
    'HOST',
    `Cannot use xlb_http_token ${file}: it must hold one line of 16 to 512 characters A-Z a-z 0-9 . _ ~ + / -; ` +
      `openssl rand -hex 32 > ${file} makes one`,
  );
}

/** Both in PEM; they fit together. */
export function readTls({ certificate, key }: { readonly certificate: string; readonly key: string }): Tls {
  const tls = { cert: readFile('xlb_http_tls', certificate), key: readSecret('xlb_http_tls', key) };
  try {
    new X509Certificate(tls.cert);
  } catch {
    throw new XlbError('HOST', `Cannot use xlb_http_tls ${certificate}: expected a certificate in PEM`);
  }
  try {
    createSecureContext(tls);
  } catch (cause) {
    const expected = `expected the private key of ${certificate} in PEM, without a password`;
    throw new XlbError('HOST', `Cannot use xlb_http_tls key ${key}: ${expected} (${reasonOf(cause)})`, {
      cause,
    });
  }
  return tls;
}

/** What only its owner, root or ourselves, may read. Asked of the file that is read, not of a name. */
function readSecret(keyword: string, file: string): string {
  return readFile(keyword, file, (descriptor) => {
    const { mode, uid } = fstatSync(descriptor);
    const isOurs = uid === 0 || uid === process.getuid?.();
    if (isOurs && (mode & 0o077) === 0) return;
    throw new XlbError(
      'HOST',
      `Cannot use ${keyword} ${file}: others than root may read or change it; chown root ${file} and chmod 600 ${file}`,
    );
  });
}

function readFile(
  keyword: string,
  file: string,
  inspect: (descriptor: number) => void = () => undefined,
): string {
  let descriptor: number | undefined;
  try {
    // O_NONBLOCK: opening a FIFO must not wait for a writer, which nobody but this thread would end.
    descriptor = openSync(file, constants.O_RDONLY | constants.O_NONBLOCK);
    inspect(descriptor);
    const stat = fstatSync(descriptor);
    if (!stat.isFile() || stat.size > MAX_FILE_BYTES)
      throw new XlbError(
        'HOST',
        `Cannot use ${keyword} ${file}: expected a file of at most ${MAX_FILE_BYTES} bytes`,
      );
    return readFileSync(descriptor, 'utf8');
  } catch (cause) {
    if (cause instanceof XlbError) throw cause;
    throw new XlbError('HOST', `Cannot read ${keyword} ${file}: ${reasonOf(cause)}`, { cause });
  } finally {
    if (descriptor !== undefined) closeSync(descriptor);
  }
}
