/** Frames onto a lab's segment as they are, and frames seen there. */
import { once } from 'node:events';
import { pause, until, within } from '../../src/demo/pause.ts';
import { type Frame, frameBytes } from './frames.ts';
import type { Lab, LabNode } from './lab.ts';

/** AF_PACKET; Node.js has no such sockets. 0x8933: SIOCGIFINDEX. A frame a line on standard input, hexadecimal. */
const sender = `
  socket(my $socket, 17, 3, 0) or die "socket: $!";
  my $request = pack('a16 x24', 'eth0');
  ioctl($socket, 0x8933, $request) or die "eth0: $!";
  my $to = pack('S n i S C C a8', 17, 3, unpack('x16 i', $request), 0, 0, 6, '');
  while (my $line = <STDIN>) { chomp $line; send($socket, pack('H*', $line), 0, $to) or die "send: $!"; }`;

/** Sends them out of the machine's eth0, in this order. */
export async function sendFrames(lab: Lab, node: LabNode, frames: readonly Frame[]): Promise<void> {
  const input = frames.map((frame) => `${frameBytes(frame).toString('hex')}\n`).join('');
  await lab.run(node, ['perl', '-e', sender], { input });
}

export class Capture {
  readonly #seen: () => string;
  readonly #end: () => Promise<void>;

  /** What comes in at the machine's eth0 and `filter` (tcpdump's) takes, from now on. */
  static async start(lab: Lab, node: LabNode, filter: string): Promise<Capture> {
    const options = ['-i', 'eth0', '-Q', 'in', '-n', '-e', '-l', '--immediate-mode', '-Z', 'root', filter];
    const child = lab.spawn(node, ['tcpdump', ...options]);
    let printed = '';
    child.stdout?.setEncoding('utf8').on('data', (part: string) => {
      printed += part;
    });
    let listening = '';
    child.stderr?.setEncoding('utf8').on('data', (part: string) => {
      listening += part;
    });
    await until(`tcpdump in ${node.name}`, { everyMs: 20, atMostMs: 30_000 }, async () =>
      listening.includes('listening on') ? true : undefined,
    );
    const end = async () => {
      const closed = once(child, 'close');
      child.kill('SIGINT');
      await within('tcpdump to end', 30_000, closed);
    };
    return new Capture(() => printed, end);
  }

  private constructor(seen: () => string, end: () => Promise<void>) {
    this.#seen = seen;
    this.#end = end;
  }

  /** One line a frame. */
  get lines(): readonly string[] {
    return this.#seen()
      .split('\n')
      .filter((line) => /^\d/.test(line));
  }

  /** Ends it when it has seen so many, and some time for more; what it saw. */
  async stop(atLeast = 0): Promise<readonly string[]> {
    const often = { everyMs: 20, atMostMs: 30_000 };
    await until(`${atLeast} frames`, often, async () => this.lines.length >= atLeast || undefined).catch(
      () => {},
    );
    await pause(100); // what was sent before this has arrived by now: the segment is in this machine
    await this.#end();
    return this.lines;
  }
}
