/** The keyword tables as the page docs/reference.md; a test compares the two, and writes the page anew. */
import type { Block, Row, Rows } from './keyword.ts';

/** What becomes of a keyword, as the page and its counts have it. */
export type Fate = 'supported' | 'without effect' | 'refused';

/** keepalived 2.2.7 does not know these; 2.4 does. */
const newerThan227 = new Set(
  `active_key anti_replay auth_hmac dbus_no_interface_name iproute_etc_dir iproute_usr_dir json_dump_file json_version
  multihop no_virtual_ipaddress owner_ignore_adverts set_supplementary_groups sni_name snmp_rs_stats_update_interval
  snmp_vs_stats_update_interval state_dump_file stats_dump_file time_window timer_expired_backup thread_timer_expired
  tls_compliant use_symlink_paths v3_checksum_as_v2 vrrp_delay_after_boot vrrp_ipsets vrrp_owner_ignore_adverts`
    .trim()
    .split(/\s+/),
);

export interface KeywordFate {
  readonly name: string;
  readonly fate: Fate;
}

/** Every keyword of the grammar with the best that becomes of it anywhere: many stand in several blocks. */
export function fatesOf(root: Block<Rows>): ReadonlyMap<string, Fate> {
  const order: readonly Fate[] = ['supported', 'without effect', 'refused'];
  const fates = new Map<string, Fate>();
  const add = (name: string, fate: Fate): void => {
    const before = fates.get(name);
    if (before === undefined || order.indexOf(fate) < order.indexOf(before)) fates.set(name, fate);
  };
  for (const { table } of blocksOf('', root))
    for (const [name, row] of table) {
      add(name, fateOf(row, table));
      if (row.kind === 'not_yet') for (const member of row.members) add(member, fateOf(row, table));
    }
  return fates;
}

export function fateOf(row: Row, table: ReadonlyMap<string, Row>): Fate {
  switch (row.kind) {
    case 'not_yet':
      return row.severity === 'error' ? 'refused' : 'without effect';
    case 'ignored':
      return 'without effect';
    case 'alias': {
      const target = table.get(row.to);
      return target && target.kind !== 'alias' ? fateOf(target, table) : 'refused';
    }
    case 'value':
    case 'words':
    case 'lines':
    case 'list':
    case 'block':
      return 'supported';
  }
}

interface Titled {
  readonly title: string;
  readonly table: ReadonlyMap<string, Row>;
}

/** The top of the file, then every block in the order of the tables; one that stands in several is there once. */
function* blocksOf(title: string, { table }: Block<Rows>, seen = new Set<unknown>()): Generator<Titled> {
  yield { title, table };
  for (const [name, row] of table) {
    if (row.kind !== 'block' || seen.has(row.block)) continue;
    seen.add(row.block);
    yield* blocksOf(title === '' ? name : `${title} > ${name}`, row.block, seen);
  }
}

/** The whole page. `counted` are the names whose fates the page counts: keepalived's. */
export function referencePage(root: Block<Rows>, counted: readonly string[]): string {
  const fates = fatesOf(root);
  const count = (fate: Fate): number => counted.filter((name) => fates.get(name) === fate).length;
  const sections = [...blocksOf('', root)].map(({ title, table }) => section(title, table));
  return [
    '# Configuration reference',
    '',
    'Made from the tables that the parser reads; do not edit it by hand. `xlb check FILE` says the same of a file,',
    "line by line. What keepalived's keywords mean at length is in keepalived.conf(5); docs/settings.md has what xlb",
    'reads otherwise, docs/language.md how a file is taken apart.',
    '',
    `Of keepalived's ${counted.length} keywords ${count('supported')} are supported, ${count('without effect')}`,
    `have no effect (with the reason), ${count('refused')} are refused (with what to do instead).`,
    '',
    'A keyword that is left out has its default; where none is named, what it sets is off or not there. "2.4" stands',
    'at what keepalived 2.2.7 does not know yet, "xlb" at what keepalived does not know: it reports such a line and',
    'goes on.',
    ...sections,
    '',
  ].join('\n');
}

function section(title: string, table: ReadonlyMap<string, Row>): string {
  const rows = [...table].map(([name, row]) => tableRow(name, row, table));
  return [
    '',
    `## ${title === '' ? 'At the top of the file' : title}`,
    '',
    '| Keyword | Value | Default | What becomes of it | Known to |',
    '| --- | --- | --- | --- | --- |',
    ...rows,
  ].join('\n');
}

function tableRow(name: string, row: Row, table: ReadonlyMap<string, Row>): string {
  const known = name.startsWith('xlb_') ? 'xlb' : newerThan227.has(name) ? '2.4' : '';
  const byDefault = row.kind === 'value' ? (row.defaultText ?? '') : '';
  const cells = [`\`${name}\``, expectsOf(row), byDefault, meaningOf(row, table), known];
  return `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
}

function expectsOf(row: Row): string {
  switch (row.kind) {
    case 'alias':
    case 'ignored':
      return '';
    case 'not_yet':
      return row.members.length === 0 ? '' : `a block: ${row.members.join(', ')}`;
    case 'lines':
    case 'value':
    case 'words':
    case 'list':
    case 'block':
      return row.expects;
  }
}

/** What a keyword is for, or why it is for nothing. */
export function meaningOf(row: Row, table: ReadonlyMap<string, Row>): string {
  switch (row.kind) {
    case 'alias':
      return `as \`${row.to}\`${fateOf(row, table) === 'supported' ? '' : ': no effect'}`;
    case 'ignored':
      return `no effect: ${row.reason}`;
    case 'not_yet': {
      const help = row.help === undefined ? '' : `; ${row.help}`;
      return `${row.severity === 'error' ? 'refused' : 'no effect yet'}: ${row.consequence}${help}`;
    }
    case 'value':
    case 'words':
    case 'lines':
    case 'list':
    case 'block':
      return row.doc;
  }
}
