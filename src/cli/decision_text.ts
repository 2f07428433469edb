/** A decision as a line, as a sentence and as JSON. Pure. */

import { formatEndpoint } from '../base/endpoint.ts';
import type { Decision } from '../control/decision.ts';

export interface LineOptions {
  readonly colours: boolean;
  /** Longer lines are cut; absent: none is. */
  readonly columns?: number;
  /** CLOCK_MONOTONIC to nanoseconds since 1970. */
  readonly wallNs: (timeNs: bigint) => bigint;
}

const colourOf = { forward: '', pass: '\x1b[33m', drop: '\x1b[31m' } as const;
const PLAIN = '\x1b[0m';

/** '22:14:03.123456 TCP 192.0.2.7:40112 > 10.0.0.100:80 S new to 10.0.0.11 02:00:00:00:00:11 SYN_RECV'. */
export function decisionLine(decision: Decision, { colours, columns, wallNs }: LineOptions): string {
  const words = sentence(decision);
  const line = `${timeOfDay(wallNs(decision.timeNs))} ${packetText(decision)} ${words}`;
  const cut = columns !== undefined && line.length > columns ? `${line.slice(0, columns - 1)}…` : line;
  const colour = colours ? colourOf[decision.action] : '';
  return colour === '' ? cut : `${colour}${cut}${PLAIN}`;
}

/** What the packet is. */
export function packetText(decision: Decision): string {
  const { client, vip, protocol, interface: from } = decision;
  if (client === undefined || vip === undefined) return `${decision.frameLength} bytes on ${from}`;
  const ends =
    decision.clientPort === undefined
      ? `${client} > ${vip}`
      : `${formatEndpoint(client, decision.clientPort)} > ${formatEndpoint(vip, decision.vipPort ?? 0)}`;
  const kind = decision.icmpError === true ? `ICMP error, ${protocol}` : protocol;
  const fragment = decision.laterFragment === true ? ' fragment' : '';
  return `${kind} ${ends}${fragment}${decision.tcpFlags === undefined ? '' : ` ${decision.tcpFlags}`}`;
}

/** What became of it, and why. */
export function sentence(decision: Decision): string {
  const { realServer, mac, verdict, meaning, action } = decision;
  const server = realServer === undefined ? '' : [realServer, ...(mac === undefined ? [] : [mac])].join(' ');
  const what =
    action === 'forward'
      ? `to ${server === '' ? 'a real server' : server}`
      : `${action} ${verdict}${server === '' ? '' : ` (${server})`}: ${meaning}`;
  return [
    ...(decision.isNew ? ['new'] : []),
    what,
    ...(decision.template ? ['by template'] : []),
    ...(decision.state === undefined ? [] : [stateText(decision)]),
  ].join(' ');
}

function stateText({ state = '', stateBefore }: Decision): string {
  return stateBefore === undefined ? state : `${stateBefore}>${state}`;
}

/** One object a line, as other tools like it: names as in xlb status --json. */
export function decisionJson(decision: Decision, wallNs: (timeNs: bigint) => bigint): string {
  const { timeNs, virtualServer, ...rest } = decision;
  return JSON.stringify({
    at: isoTime(wallNs(timeNs)),
    interface: rest.interface,
    protocol: rest.protocol,
    client: rest.client,
    client_port: rest.clientPort,
    vip: rest.vip,
    vip_port: rest.vipPort,
    tcp_flags: rest.tcpFlags,
    icmp_error: rest.icmpError,
    later_fragment: rest.laterFragment,
    length: rest.length,
    frame_length: rest.frameLength,
    verdict: rest.verdict,
    action: rest.action,
    meaning: rest.meaning,
    virtual_server: virtualServer,
    real_server: rest.realServer,
    mac: rest.mac,
    egress: rest.egress,
    new: rest.isNew,
    by_template: rest.template,
    persistent: rest.persistent,
    state: rest.state,
    state_before: rest.stateBefore,
  });
}

/** Of this host's time zone, with microseconds. */
function timeOfDay(wallNs: bigint): string {
  const date = new Date(Number(wallNs / 1_000_000n));
  const two = (value: number) => String(value).padStart(2, '0');
  const micros = String((wallNs / 1_000n) % 1_000_000n).padStart(6, '0');
  return `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}.${micros}`;
}

/** 2026-01-31T23:59:59.123456789Z. */
function isoTime(wallNs: bigint): string {
  const seconds = new Date(Number(wallNs / 1_000_000n)).toISOString().slice(0, 19);
  return `${seconds}.${String(wallNs % 1_000_000_000n).padStart(9, '0')}Z`;
}
