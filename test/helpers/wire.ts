/**
 * Engines whose frames travel: into the outer end of a veth, at whose inner end the program is or hands them to a
 * thread with an AF_XDP socket, and out of the outer end again. Only in a namespace of its own (netns.ts).
 */
import { addon, type Engine, type Nexthop, type Outcome } from '../../src/addon/addon.ts';
import { sh } from './netns.ts';
import { director } from './packets.ts';

/** A jumbo frame, so that packets that are too big for the director's own interface can come. */
const MTU = 9000;

const indexOf = (name: string) => Number(sh(`ip -o link show ${name}`).split(':')[0]);

export type WireKind = 'af_xdp' | 'xdp' | 'skb' | 'tc';

/** A frame that was sent, and what became of it. */
export interface Decided extends Outcome {
  readonly sent: Uint8Array;
}

/**
 * The veth laid, and an engine around it, whose interface has the number that vectors call it by. `seen` gets what
 * became of each frame.
 */
export function wireEngine(kind: WireKind, flowSlots: number, seen: (decided: Decided) => void): Engine {
  sh(`for each in all default; do echo 1 >/proc/sys/net/ipv6/conf/$each/disable_ipv6; done
      ip link add in-${kind} mtu ${MTU} address ${director.mac} type veth peer name out-${kind} mtu ${MTU}
      ip link set in-${kind} up; ip link set out-${kind} up`);
  const inside = indexOf(`in-${kind}`);
  const outside = indexOf(`out-${kind}`);
  addon().attachPass(outside);
  const engine = new (addon().Engine)({ kind, flowSlots, inside, outside });
  const here = (index: number) => (index === director.ingress ? inside : index);
  const called = (hop: Nexthop) =>
    hop.kind === 'link' && hop.index === inside ? { ...hop, index: director.ingress } : hop;
  const own = {
    setInterface: (spec) => engine.setInterface({ ...spec, index: here(spec.index) }),
    setNexthop: (address, hop: Nexthop) =>
      engine.setNexthop(address, hop.kind === 'link' ? { ...hop, index: here(hop.index) } : hop),
    virtualServers: () =>
      engine.virtualServers().map((server) => ({
        ...server,
        destinations: server.destinations.map((one) => ({ ...one, nexthop: called(one.nexthop) })),
      })),
    run: (frame, ingress) => {
      const outcome = engine.run(frame, here(ingress));
      seen({ ...outcome, sent: frame });
      return outcome;
    },
  } satisfies Partial<Engine>;
  return new Proxy(engine, {
    get: (target, name: keyof Engine) =>
      name in own ? own[name as keyof typeof own] : target[name].bind(target),
  });
}
