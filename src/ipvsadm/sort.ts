/**
 * The order of ipvsadm's lists. Its comparisons subtract unsigned numbers into a signed one, so that addresses and
 * marks far apart compare the wrong way round (192.168.0.1 comes before 10.0.0.1); scripts know the lists like that.
 * Such a comparison is no order, and the result depends on the method: this is the merge sort of glibc's qsort. Pure.
 */
import { addressBytes } from '../base/address.ts';
import type { Destination, Service } from './model.ts';

const protocolNumbers = { TCP: 6, FWM: 6, UDP: 17, SCTP: 132 } as const;

export function sortServices(services: readonly Service[]): Service[] {
  return mergeSort(
    services.map((service) => ({ service, words: wordsOf(service.address) })),
    (a, b) =>
      ((a.service.fwmark ?? 0) - (b.service.fwmark ?? 0)) | 0 ||
      a.words.length - b.words.length ||
      protocolNumbers[a.service.protocol] - protocolNumbers[b.service.protocol] ||
      compareWords(a.words, b.words) ||
      a.service.port - b.service.port,
  ).map(({ service }) => service);
}

export function sortDestinations(destinations: readonly Destination[]): Destination[] {
  return mergeSort(
    destinations.map((destination) => ({ destination, words: wordsOf(destination.address) })),
    (a, b) => compareWords(a.words, b.words) || a.destination.port - b.destination.port,
  ).map(({ destination }) => destination);
}

/** 32 bits each: one of an IPv4 address, four of an IPv6 address. */
function wordsOf(address: string): number[] {
  const bytes = addressBytes(address) ?? new Uint8Array(4);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return Array.from({ length: bytes.length / 4 }, (_, index) => view.getUint32(index * 4));
}

/** As many words as `left` has, as ipvsadm compares addresses of different families. */
function compareWords(left: readonly number[], right: readonly number[]): number {
  for (const [index, word] of left.entries()) {
    const difference = (word - (right[index] ?? 0)) | 0;
    if (difference !== 0) return difference;
  }
  return 0;
}

function mergeSort<Item>(items: readonly Item[], compare: (a: Item, b: Item) => number): Item[] {
  if (items.length <= 1) return [...items];
  const half = Math.floor(items.length / 2);
  const left = mergeSort(items.slice(0, half), compare);
  const right = mergeSort(items.slice(half), compare);
  const merged: Item[] = [];
  let [at, other] = [0, 0];
  while (at < left.length && other < right.length) {
    const [a, b] = [left[at] as Item, right[other] as Item];
    if (compare(a, b) <= 0) {
      merged.push(a);
      at++;
    } else {
      merged.push(b);
      other++;
    }
  }
  return [...merged, ...left.slice(at), ...right.slice(other)];
}
