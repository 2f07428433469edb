/** The verdicts that lose a packet, in the words of the packet core: bpf/shared/verdicts.h, and a test holds to it. */

export const losingVerdicts: Readonly<Record<string, string>> = {
  NO_REAL_SERVER: 'every real server is down, or weighs 0',
  REAL_SERVER_GONE: 'flow of a real server that was taken out of service',
  NO_NEIGHBOUR: "the real server's MAC address is not known",
  TTL_EXPIRED: 'TTL or hop limit ran out at the director',
  TOO_BIG: 'longer than the way to the real server takes',
  FLOW_TABLE_FULL: 'no room for a new flow: its neighbourhood holds only live ones',
  BROKEN_TABLES: 'a table refers to a record that does not exist',
};
