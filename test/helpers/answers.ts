/**
 * What the director itself answers, as the standards and Linux have it: made of the same data as any other frame
 * (frames.ts), with nothing in common with the packet core.
 */
import { type Frame, type Ipv4, type Ipv6, type Network, networkBytes, type Tcp } from './frames.ts';

/** What everybody must be able to receive: an error is no longer (RFC 1812 4.3.2.3, RFC 4443 2.4(c)). */
const longest = { 4: 576 - 28, 6: 1280 - 48 } as const;

/** By verdict: type and code of the ICMP error. */
const errors: Readonly<Record<string, { readonly 4: string; readonly 6: string }>> = {
  NO_REAL_SERVER: { 4: '3/3', 6: '1/4' },
  TTL_EXPIRED: { 4: '11/0', 6: '3/0' },
};

/** What the sender of this frame gets for this verdict alone, between ordinary hosts. */
export function told(verdict: string, frame: Frame | Uint8Array): Frame | 'none' {
  const kinds = errors[verdict];
  if (!kinds || frame instanceof Uint8Array || frame.network instanceof Uint8Array) return 'none';
  const { network } = frame;
  const fragments =
    network.version === 4
      ? [network.fragment]
      : (network.extensions ?? []).map((extension) =>
          extension.kind === 'fragment' ? extension : undefined,
        );
  if (fragments.some((fragment) => (fragment?.offset ?? 0) > 0)) return 'none';
  if (!(network.payload instanceof Uint8Array) && network.payload.kind === 'icmp') return 'none';
  return icmpAnswer(kinds[network.version], frame, 0);
}

/** Back to where the frame came from, without its padding. */
function returned(frame: Frame, network: Network): Frame {
  const { destinationMac, sourceMac, padding: _, ...link } = frame;
  return { ...link, destinationMac: sourceMac, sourceMac: destinationMac, network };
}

function networkOf({ network }: Frame): Network {
  if (network instanceof Uint8Array) throw new TypeError('a raw packet gets no answer here');
  return network;
}

/** '3/4': the ICMP error about the packet in this frame. `rest`: the MTU. */
export function icmpAnswer(kind: string, frame: Frame, rest: number): Frame {
  const was = networkOf(frame);
  const [type = 0, code = 0] = kind.split('/').map(Number);
  const payload = networkBytes(was).subarray(0, Math.min(longest[was.version], lengthOf(was)));
  const error = { kind: 'icmp', type, code, rest, payload } as const;
  const ends = { source: was.destination, destination: was.source };
  if (was.version === 6) return returned(frame, { version: 6, ...ends, payload: error });
  const tos = 0xc0 | ((was.tos ?? 0) & 0x1e);
  const identification = was.fragment?.identification ?? was.identification ?? 0;
  return returned(frame, { version: 4, ...ends, tos, identification, payload: error });
}

/** What the packet says its length is. */
function lengthOf(network: Network): number {
  if (network.version === 4) return network.totalLength ?? networkBytes(network).length;
  return network.payloadLength === undefined ? networkBytes(network).length : 40 + network.payloadLength;
}

/** The reset of the connection that the segment in this frame claims to be of (RFC 9293 3.10.7.1). */
export function resetAnswer(frame: Frame): Frame {
  const was = networkOf(frame);
  const segment = was.payload as Tcp;
  const ports = { source: segment.destination, destination: segment.source, window: 0 };
  const payload: Tcp = { kind: 'tcp', ...ports, ...numbers(segment) };
  const ends = { source: was.destination, destination: was.source, payload };
  return returned(frame, was.version === 4 ? { ...headerOf(was), ...ends } : { ...headerOf(was), ...ends });
}

function headerOf(was: Ipv4): Pick<Ipv4, 'version' | 'tos' | 'dontFragment'>;
function headerOf(was: Ipv6): Pick<Ipv6, 'version' | 'trafficClass'>;
function headerOf(was: Network): object {
  if (was.version === 4) return { version: 4, tos: (was.tos ?? 0) & ~3, dontFragment: true };
  return { version: 6, trafficClass: (was.trafficClass ?? 0) & ~3 };
}

function numbers({ flags, sequence = 1000, acknowledged = 0, payload }: Tcp) {
  if (flags.includes('A')) return { flags: 'R', sequence: acknowledged, acknowledged: 0 };
  const length = (payload?.length ?? 0) + flags.replace(/[^SF]/g, '').length;
  return { flags: 'RA', sequence: 0, acknowledged: (sequence + length) % 2 ** 32 };
}
