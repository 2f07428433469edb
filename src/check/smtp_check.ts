/** SMTP_CHECK: a real server is healthy when it greets (220), takes a HELO (250) and a QUIT. */
import { Socket } from 'node:net';
import type { SmtpCheckConfig } from '../config/model.ts';
import type { CheckCode, Checker, CheckResult } from './checker.ts';
import { connectSocket } from './tcp_connection.ts';

/** All that is read of one server. RFC 5321 §4.5.3.1.5 allows 512 bytes a line, and greetings are a few lines. */
export const MAX_SMTP_BYTES = 16 * 1024;

type Step = 'greeting' | 'HELO' | 'QUIT';
const wanted = { greeting: 220, HELO: 250 } as const;

/** keepalived's words. */
const reasons: Partial<Readonly<Record<CheckCode, string>>> = {
  L4TOUT: 'Timeout connecting to server',
  L4CON: 'Error connecting to server',
  L7TOUT: 'Read timeout from server',
  L7STS: 'Bad response code from server',
};

export const smtpCheck: Checker<SmtpCheckConfig> = {
  keyword: 'SMTP_CHECK',
  passed: (service) => `Remote SMTP server ${service} succeed on service.`,
  attemptFailed: (service, _, { code }) =>
    `SMTP_CHECK ${reasons[code] ?? 'Read failure from server'} ${service}`,
  async run(check, signal) {
    const socket = await connectSocket(check, signal);
    if (!(socket instanceof Socket)) return socket;
    return new Promise((resolve) => {
      const dialogue = new Dialogue(socket, check.heloName);
      const onAbort = () => end(dialogue.late());
      const end = (result: CheckResult) => {
        signal.removeEventListener('abort', onAbort);
        socket.destroy();
        resolve(result);
      };
      signal.addEventListener('abort', onAbort);
      socket.on('data', (bytes) => {
        const result = dialogue.read(bytes);
        if (result !== undefined) end(result);
      });
      socket.on('end', () => end(dialogue.brokenOff('connection closed')));
      // Stays: an error can follow the one that ended the attempt, and unheard it would end the thread.
      socket.on('error', (error: NodeJS.ErrnoException) =>
        end(dialogue.brokenOff(error.code ?? error.message)),
      );
      if (signal.aborted) onAbort();
    });
  },
};

/** What is said to the server, and what its answers mean. */
class Dialogue {
  readonly #socket: Pick<Socket, 'write'>;
  readonly #heloName: string;
  /** Whose answer is waited for. */
  #step: Step = 'greeting';
  #rest = '';
  #bytes = 0;

  constructor(socket: Pick<Socket, 'write'>, heloName: string) {
    this.#socket = socket;
    this.#heloName = heloName;
  }

  /** The result, where this was the last that was to be read. */
  read(bytes: Buffer): CheckResult | undefined {
    this.#bytes += bytes.length;
    if (this.#bytes > MAX_SMTP_BYTES) return { code: 'L7RSP', detail: `more than ${MAX_SMTP_BYTES} bytes` };
    const lines = (this.#rest + bytes.toString('latin1')).split('\n');
    this.#rest = lines.pop() ?? '';
    for (const line of lines) {
      const result = this.#readLine(line);
      if (result !== undefined) return result;
    }
    return undefined;
  }

  /** The time is over. */
  late(): CheckResult {
    return { code: 'L7TOUT', detail: `answer to ${this.#step}` };
  }

  /** Many servers close without a word after a QUIT; they have said by then that they are well. */
  brokenOff(how: string): CheckResult {
    return this.#step === 'QUIT'
      ? { code: 'L7OK' }
      : { code: 'L7RSP', detail: `${how} before an answer to ${this.#step}` };
  }

  /** RFC 5321 §4.2.1: the last line of an answer has no hyphen after its code. */
  #readLine(line: string): CheckResult | undefined {
    const [, digits, more] = /^(\d{3})(-?)/.exec(line) ?? [];
    const step = this.#step;
    if (step === 'QUIT') return more === '-' ? undefined : { code: 'L7OK' };
    if (digits === undefined) return { code: 'L7RSP', detail: `no status as answer to ${step}` };
    if (Number(digits) !== wanted[step]) return { code: 'L7STS', detail: `${digits} as answer to ${step}` };
    if (more === '-') return undefined;
    this.#step = step === 'greeting' ? 'HELO' : 'QUIT';
    this.#socket.write(step === 'greeting' ? `HELO ${this.#heloName}\r\n` : 'QUIT\r\n');
    return undefined;
  }
}
