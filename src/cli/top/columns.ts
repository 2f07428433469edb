/** What `xlb top` may sort by, in the order in which `s` goes through it. */
export const columns = {
  connections: 'connections a second',
  packets: 'packets a second',
  bits: 'bits a second',
  active: 'active connections',
  inactive: 'inactive connections',
  weight: 'weight',
  state: 'state',
  name: 'name',
  file: 'the order of the configuration',
} as const;

export type Column = keyof typeof columns;

export const columnNames = Object.keys(columns) as Column[];
