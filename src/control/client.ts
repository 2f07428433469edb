/** Asks a running daemon over its control socket. */
import { request } from 'node:http';
import type { Status } from './status.ts';

/** No daemon answers at the socket: it does not run, or it died. */
export class NoDaemon extends Error {
  override readonly name = 'NoDaemon';
}

const TIMEOUT_MS = 5_000;
const MAX_ANSWER_BYTES = 64 * 1024 * 1024;

/** GET /status. Throws NoDaemon where none listens. */
export async function fetchStatus(socketPath: string): Promise<Status> {
  return JSON.parse(await get(socketPath, '/status')) as Status;
}

function get(socketPath: string, path: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const call = request({ socketPath, path, timeout: TIMEOUT_MS, headers: { host: 'xlb' } }, (response) => {
      const parts: Buffer[] = [];
      let size = 0;
      response.on('data', (part: Buffer) => {
        size += part.length;
        if (size > MAX_ANSWER_BYTES) call.destroy(new Error('The daemon answers without end'));
        else parts.push(part);
      });
      response.on('error', reject);
      response.on('end', () => {
        const text = Buffer.concat(parts).toString('utf8');
        if (response.statusCode === 200) resolve(text);
        else reject(new Error(`The daemon answers ${String(response.statusCode)}: ${text.trim()}`));
      });
    });
    call.on('timeout', () =>
      call.destroy(new Error(`The daemon did not answer within ${TIMEOUT_MS / 1000} s`)),
    );
    call.on('error', (error: NodeJS.ErrnoException) =>
      reject(error.code === 'ENOENT' || error.code === 'ECONNREFUSED' ? new NoDaemon(error.message) : error),
    );
    call.end();
  });
}
