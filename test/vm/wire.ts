/** The client's end of the segment: frames in, one by one, and what the director makes of each. */
import { type ChildProcess, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createInterface, type Interface } from 'node:readline';
import { within } from '../../src/demo/pause.ts';
import { type Frame, frameBytes, macBytes } from '../helpers/frames.ts';
import type { Lab } from '../helpers/lab.ts';
import { clientMac, directorMac, mac, realServers } from './story.ts';

/**
 * AF_PACKET; Node.js has no such sockets. A line on standard input: a frame, an echo request to the director, and what
 * stands in its reply. A line on standard output: what came of the frame. It has come, as a rule, when the sending
 * returns, since all of the segment is in this kernel; where nothing has come, the echo request, which travels the same
 * way behind the frame, tells that nothing will; twice, since what XDP sends back leaves after what it passes on of the
 * same round, and all on one processor, which keeps the order. ARP, neighbour discovery and adverts are not looked at;
 * what came of them while nobody read is thrown away first: adverts of some seconds fill the socket's buffer.
 */
const program = String.raw`
  $| = 1;
  socket(my $socket, 17, 3, 0x0300) or die "socket: $!";
  my $request = pack('a16 x24', 'eth0');
  ioctl($socket, 0x8933, $request) or die "eth0: $!";
  my $eth0 = pack('S n i S C C a8', 17, 3, unpack('x16 i', $request), 0, 0, 6, '');
  bind($socket, $eth0) or die "bind: $!";
  my ($all, $in) = ('', '');
  vec($all, fileno($socket), 1) = 1;
  print "ready\n";
  while (my $line = <STDIN>) {
    my ($frame, $echo, $reply) = map { pack('H*', $_) } split(/[ \n]/, $line);
    my ($seen, $asked) = ('', 0);
    1 while defined recv($socket, $in, 2048, 64);
    send($socket, $frame, 0, $eth0) or die "send: $!";
    for (;;) {
      my $from = recv($socket, $in, 2048, 64);
      if (!defined $from) {
        last if $seen ne '' && !$asked;
        if (!$asked) { send($socket, $echo, 0, $eth0) or die "send: $!"; $asked = 1; }
        elsif (select(my $ready = $all, undef, undef, 10) < 1) { $seen = 'lost'; last; }
        next;
      }
      next if ord(substr($from, 10, 1)) == 4 || ord($in) & 1;
      my ($type, $next) = (substr($in, 12, 2), ord(substr($in, 23, 1)));
      if ($type eq "\x08\x00") {
        if ($asked && $next == 1 && substr($in, 34, 1) eq "\0" && substr($in, 38, 4) eq $reply) {
          last if $asked == 2 || $seen ne '';
          send($socket, $echo, 0, $eth0) or die "send: $!";
          $asked = 2;
          next;
        }
      } else {
        next if $type ne "\x86\xdd" || ord(substr($in, 20, 1)) == 58 && ord(substr($in, 54, 1)) =~ /^13[3-6]$/;
      }
      $seen .= unpack('H*', $in) . ' ';
    }
    print $seen, "\n";
  }`;

export class Wire {
  readonly #child: ChildProcess;
  readonly #answers: AsyncIterator<string>;
  readonly #lines: Interface;
  #echoes = 0;

  static async start(lab: Lab): Promise<Wire> {
    const argv = [
      'nsenter',
      `--net=/run/netns/${lab.client.namespace}`,
      'taskset',
      '1',
      'perl',
      '-e',
      program,
    ];
    const child = spawn(argv[0] ?? '', argv.slice(1), { stdio: ['pipe', 'pipe', 'inherit'] });
    const wire = new Wire(child);
    await within('the wire', 20_000, wire.#answers.next());
    return wire;
  }

  private constructor(child: ChildProcess) {
    this.#child = child;
    if (child.stdout === null) throw new TypeError('the wire has no output');
    this.#lines = createInterface({ input: child.stdout });
    this.#answers = this.#lines[Symbol.asyncIterator]();
  }

  /** What became of each: 'rs2', 'icmp 3/3 ...', 'none', ...; several words where it became several frames. */
  async send(frames: readonly Frame[]): Promise<string[]> {
    const seen = await this.#exchange(frames);
    return frames.map((frame, index) => inWords(seen[index] ?? [], [frame]));
  }

  /** Where all of them went: IPVS keeps fragments until it has all, and sends IPv6 ones on as one packet. */
  async sendTogether(frames: readonly Frame[]): Promise<string> {
    const words = inWords((await this.#exchange(frames)).flat(), frames).split(/[ ,]+/);
    return [...new Set(words.filter((word) => word.length < 8))].join(' ');
  }

  /** One after the other, but without Node.js in between, which is slow in an emulated processor. */
  async #exchange(frames: readonly Frame[]): Promise<string[][]> {
    const lines = frames.map((frame) => `${frameBytes(frame).toString('hex')} ${this.#echo()}\n`);
    this.#child.stdin?.write(lines.join(''));
    const seen: string[][] = [];
    while (seen.length < frames.length) {
      const { value, done } = await within('the wire to answer', 30_000, this.#answers.next());
      if (done === true) throw new Error('the wire has ended');
      seen.push(value.split(' '));
    }
    return seen;
  }

  async close(): Promise<void> {
    const ended = once(this.#child, 'close');
    this.#child.stdin?.end();
    await within('the wire to end', 10_000, ended);
  }

  /** An echo request to the director, and the bytes by which its reply is known. */
  #echo(): string {
    this.#echoes += 1;
    const rest = 0x5a5a_0000 + this.#echoes;
    const icmp = { kind: 'icmp', type: 8, code: 0, rest } as const;
    const network = { version: 4, source: '10.77.0.1', destination: '10.77.0.2', payload: icmp } as const;
    const echo = frameBytes({ destinationMac: directorMac, sourceMac: clientMac, network });
    return `${echo.toString('hex')} ${rest.toString(16)}`;
  }
}

const names = new Map(realServers.map((name, index) => [macBytes(mac(11 + index)).toString('hex'), name]));
const fromDirector = macBytes(directorMac).toString('hex');
const toClient = macBytes(clientMac).toString('hex');

function inWords(seen: readonly string[], sent: readonly Frame[]): string {
  const words = seen.flatMap((hex) => (hex === 'lost' ? [hex] : (outcome(hex, sent.map(frameBytes)) ?? [])));
  return words.length === 0 ? 'none' : words.join(', ');
}

/** In a word; undefined for the director's own ARP, neighbour discovery and adverts. */
function outcome(hex: string, sent: readonly Buffer[]): string | undefined {
  if (hex === '') return undefined;
  const bytes = Buffer.from(hex, 'hex');
  if (hex.slice(12, 24) !== fromDirector || (bytes.readUInt8(0) & 1) !== 0) return undefined;
  const type = bytes.readUInt16BE(12);
  const version = type === 0x0800 ? 4 : type === 0x86dd ? 6 : undefined;
  if (version === undefined) return undefined;
  const [kind, offset] =
    version === 4 ? [bytes.readUInt8(23), 14 + (bytes.readUInt8(14) & 15) * 4] : [bytes.readUInt8(20), 54];
  if (kind === 58 && [135, 136].includes(bytes.readUInt8(offset))) return undefined;
  const name = names.get(hex.slice(0, 12));
  if (name !== undefined) {
    const unchanged = sent.some((frame) => bytes.equals(forwarded(frame, bytes)));
    return unchanged ? name : `${name} ${hex.slice(28)}`;
  }
  if (hex.slice(0, 12) !== toClient) return `to ${hex}`;
  const digest = createHash('sha256').update(withoutLots(bytes, version)).digest('hex').slice(0, 12);
  if (kind === 1 || kind === 58)
    return `icmp ${bytes.readUInt8(offset)}/${bytes.readUInt8(offset + 1)} ${digest}`;
  if (kind === 6) return `tcp flags 0x${bytes.readUInt8(offset + 13).toString(16)} ${digest}`;
  return `answer ${hex}`;
}

/** What direct routing makes of it: other MAC addresses, one hop less. Linux cuts padding off, xlb leaves it. */
function forwarded(sent: Buffer, seen: Buffer): Buffer {
  const bytes = Buffer.from(sent).subarray(0, seen.length);
  seen.copy(bytes, 0, 0, 12);
  if (bytes.readUInt16BE(12) === 0x86dd) {
    bytes.writeUInt8(bytes.readUInt8(21) - 1, 21);
    return bytes;
  }
  bytes.writeUInt8(bytes.readUInt8(22) - 1, 22);
  const sum = bytes.readUInt16BE(24) + 0x100;
  bytes.writeUInt16BE((sum & 0xffff) + (sum >> 16), 24);
  return bytes;
}

/** Without identification and header checksum, which follows it, or the flow label: the kernel draws them by lot. */
function withoutLots(frame: Buffer, version: 4 | 6): Buffer {
  const bytes = Buffer.from(frame);
  return version === 6 ? bytes.fill(0, 15, 18) : bytes.fill(0, 18, 20).fill(0, 24, 26);
}
