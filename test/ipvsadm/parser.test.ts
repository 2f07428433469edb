import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type Command, type Lookups, UsageError } from '../../src/ipvsadm/command.ts';
import { hostNames, parseCommand } from '../../src/ipvsadm/parser.ts';
import { restoreWords } from '../../src/ipvsadm/restore.ts';

const lookups: Lookups = {
  address: (host) => (host === 'www' ? '10.0.0.100' : undefined),
  port: (service, protocol) => (service === 'http' && protocol === 'TCP' ? 80 : undefined),
};

const parse = (line: string): Command => parseCommand(restoreWords(line), lookups);

/** What is said, and the exit code. */
function mistake(line: string): readonly [string, number] {
  try {
    parse(line);
  } catch (error) {
    assert.ok(error instanceof UsageError, String(error));
    return [error.message, error.exit];
  }
  return ['', 0];
}

const tryHelp = "Try `ipvsadm -h' or 'ipvsadm --help' for more information.";

/** As ipvsadm 1.31 itself answers them. */
const mistakes: readonly (readonly [line: string, message: string, exit: number])[] = [
  ['-X', tryHelp, 255],
  ['-n', tryHelp, 255],
  ['--', tryHelp, 255],
  ['foo', tryHelp, 255],
  ['--lis', tryHelp, 255],
  ['--numeric=1 -L', tryHelp, 255],
  ['--stop-daemon', tryHelp, 255],
  ['-Lq', '-Lq: unknown option', 255],
  ['-L --numeric=1', '--numeric=1: option does not take an argument', 255],
  ['-A -t', '-t: missing argument', 255],
  ['-A --tcp-service', '--tcp-service: missing argument', 255],
  ['-A -t 1.2.3.4:80 -p -1', '-1: unknown option', 255],
  ['foo -L', 'unexpected argument foo', 2],
  ['-L -- -n', 'unexpected argument -n', 2],
  ['-L -', 'unexpected argument -', 2],
  ['-LL', "invalid option `-LL'", 2],
  ['-AE', "invalid option `-AE'", 2],
  ['-L -n -n', "multiple 'numeric' options specified", 2],
  ['-A -t :80', 'illegal virtual server address[:port] specified', 2],
  ['-A -t 80', 'illegal virtual server address[:port] specified', 2],
  ['-A -t nowhere:80', 'illegal virtual server address[:port] specified', 2],
  ['-A -t 1.2.3.4:80 --persistent=', "invalid timeout value `' specified", 2],
  ['-A -u 1.2.3.4:http', 'illegal virtual server address[:port] specified', 2],
  ['-A -f 0', "invalid fwmark value `0' specified", 2],
  ['-A -f 7:80', "invalid fwmark value `7:80' specified", 2],
  ['-A -f 4294967296', "invalid fwmark value `4294967296' specified", 2],
  ['-A -f 7 -t 1.2.3.4:80', "multiple 'service-address' options specified", 2],
  ['-A -t 1.2.3.4:80 -M 300.1.1.1', 'illegal virtual server persistent mask specified', 2],
  ['-A -t [::1]:80 -M 129', 'illegal ipv6 netmask specified', 2],
  ['-A -t [::1]:80 -M abc', 'illegal ipv6 netmask specified', 2],
  ['-C -n', "Illegal 'numeric' option with the 'flush' command", 2],
  [
    '-L -c -t 1.2.3.4:80',
    "The option 'service-address' conflicts with the 'connection' option in the 'list' command",
    2,
  ],
  [
    '-L --timeout --daemon',
    "The option 'daemon' conflicts with the 'timeout' option in the 'list' command",
    2,
  ],
  ['-S -c', "Illegal 'connection' option with the 'save' command", 2],
  ['-E -t 1.2.3.4:80 -r 1.2.3.5', "Illegal 'real-server' option with the 'edit-service' command", 2],
  ['-A -t 1.2.3.4:80 -6', '-6 used before -f\n', 2],
  ['-L -6 -f 7', '-6 used before -f\n', 2],
  [
    '-d -t 1.2.3.4:80 -r 1.2.3.5 -g',
    "Illegal 'forwarding-method' option with the 'delete-server' command",
    2,
  ],
  ['--set 1 2 3 4', 'unexpected argument 4', 2],
  ['--set a b c', "invalid timeout value `a' specified", 2],
  ['--set 1 2 2678401', "invalid timeout value `2678401' specified", 2],
  ['-list', "Illegal 'scheduler' option with the 'list' command", 2],
  ['-A -t 1.2.3.4:80 -w 5 -s x', "Illegal 'weight' option with the 'add-service' command", 2],
  ['-a -t 1.2.3.4:80 -r 1.2.3.5 -w 2147483648', 'illegal weight specified', 2],
  ['-a -t 1.2.3.4:80 -r 1.2.3.5 -x -1', 'illegal u_threshold specified', 2],
  ['-a -t 1.2.3.4:80 -r 1.2.3.5 -y zz', 'illegal l_threshold specified', 2],
  ['-a -t 1.2.3.4:80 -r fd00::1', 'Different address family is allowed only for tunneling servers', 2],
  ['-a -t 1.2.3.4:80 -r 1.2.3.5 --tun-type gue', 'Tunnel options conflict with forward method', 2],
  [
    '-a -t 1.2.3.4:80 -r 1.2.3.5 -i --tun-type gue',
    "You need to supply the 'tun-port' option for the 'gue' tunnel type",
    2,
  ],
  ['-a -t 1.2.3.4:80 -r 1.2.3.5 -i --tun-type xx', 'illegal tunnel type specified', 2],
  ['-a -t 1.2.3.4:80 -r 1.2.3.5 -i --tun-port 5', "Illegal 'tun-port' option with the 'ipip' tunnel type", 2],
  ['--start-daemon foo', 'illegal start-daemon parameter specified', 2],
  ['--stop-daemon foo', 'illegal start_daemon specified', 2],
  ['--start-daemon master --syncid 300', 'illegal syncid specified', 2],
  ['--stop-daemon backup', 'No daemon is running', 255],
  ['-A -t 1.2.3.4:80 -b x -s sh', "invalid scheduler flag `x'", 2],
  ['-A -t 1.2.3.4:80 -b sh-port', "incompatible scheduler flag `sh-port'", 2],
  ['-A -t fd00::1:80', 'Zero port specified for non-persistent service', 2],
  ['-R x', 'unexpected argument x', 2],
  ['-L --persistent-conn --timeout', 'options conflicts in the list command', 2],
];

const key = { protocol: 'TCP', address: '1.2.3.4', port: 80 } as const;
const web = { ...key, scheduler: 'wlc', schedulerFlags: 0, onePacket: false };
const added = (service: object): unknown => ({ do: 'change', change: { change: 'add_service', service } });
const plain = { columns: 'connections', numeric: false, exact: false, sorted: true };

/** Every spelling that popt takes. */
const spellings: readonly (readonly [line: string, command: unknown])[] = [
  ['', { do: 'list', format: plain }],
  ['--list', { do: 'list', format: plain }],
  ['-ln', { do: 'list', format: { ...plain, numeric: true } }],
  ['-L --nosort -X', { do: 'list', format: { ...plain, exact: true, sorted: false } }],
  ['-Lnt1.2.3.4:80', { do: 'list', format: { ...plain, numeric: true }, service: key }],
  [
    '-L -f 7 -6',
    { do: 'list', format: plain, service: { protocol: 'FWM', address: '::', port: 0, fwmark: 7 } },
  ],
  ['-Lnc --persistent-conn', { do: 'connections', numeric: true, engines: true }],
  ['-Sn', { do: 'save', numeric: true }],
  ['-h x', { do: 'help' }],
  ['-v', { do: 'version' }],
  [
    '--set 1 0 2678400',
    { do: 'change', change: { change: 'set_timeouts', tcp: 1, tcpFin: 0, udp: 2_678_400 } },
  ],
  ['-Z', { do: 'change', change: { change: 'zero' } }],
  ['-At 1.2.3.4:80', added(web)],
  ['-A -t=1.2.3.4:80 -s=rr', added({ ...web, scheduler: 'rr' })],
  ['-A --tcp-service=1.2.3.4:http', added(web)],
  ['-A -t 1.2.3.4:+80', added(web)],
  ['-A -t www:80', added({ ...web, address: '10.0.0.100' })],
  ['-A -t 0x7f.1:80', added({ ...web, address: '127.0.0.1' })],
  ['-A -s -p -t 1.2.3.4:80', added({ ...web, scheduler: '-p' })],
  ['-A -p -t 1.2.3.4:80', added({ ...web, persistence: { seconds: 360, netmask: '255.255.255.255' } })],
  ['-A -p5 -t 1.2.3.4:80 -M 24', added({ ...web, persistence: { seconds: 5, netmask: '0.0.0.24' } })],
  [
    '-A -t [1.2.3.4]:80 -p',
    added({ ...web, port: 0, persistence: { seconds: 360, netmask: '255.255.255.255' } }),
  ],
  ['-A -t FD00:0::1 -p --persistent=7', undefined],
  [
    '-A -t FD00:0::1 --persistent=7 -M 64',
    added({ ...web, address: 'fd00::1', port: 0, persistence: { seconds: 7, netmask: '64' } }),
  ],
  [
    '-A -f 8 -6 -M 64 -s mh -b mh-port,,mh-fallback -p 9',
    added({
      protocol: 'FWM',
      address: '::',
      port: 0,
      fwmark: 8,
      scheduler: 'mh',
      schedulerFlags: 3,
      persistence: { seconds: 9, netmask: '64' },
      onePacket: false,
    }),
  ],
  ['-A -u 1.2.3.4:80 -o', added({ ...web, protocol: 'UDP', onePacket: true })],
  [
    '-a -t 1.2.3.4:80 -r 1.2.3.5:99 -w 70000 -x 9 -y 3',
    {
      do: 'change',
      change: {
        change: 'add_destination',
        key,
        destination: { address: '1.2.3.5', weight: 70_000, upperThreshold: 9, lowerThreshold: 3 },
      },
    },
  ],
  [
    '-d -t 1.2.3.4:80 -r 1.2.3.5',
    { do: 'change', change: { change: 'delete_destination', key, address: '1.2.3.5' } },
  ],
];

/** What works in IPVS and does not exist here: named, with what to do instead. */
const refused: readonly (readonly [line: string, pattern: RegExp, exit: number])[] = [
  ['-a -t 1.2.3.4:80 -r 1.2.3.5 -m', /masquerade \(-m\).*Use -g/, 2],
  ['-a -t 1.2.3.4:80 -r 1.2.3.5 -i', /tunnel \(-i\).*Use -g/, 2],
  ['-e -t 1.2.3.4:80 -r 1.2.3.5 -i --tun-type gre --tun-csum', /tunnel \(-i\)/, 2],
  ['-A -u 1.2.3.4:80 --pe sip', /--pe.*leave --pe out/, 2],
  ['-A -t 1.2.3.4:80 -p 1966021', /22 days and 18 hours at most.*-p 1966020/, 2],
  ['-A --sctp-service 1.2.3.4:80', /--sctp-service.*use -t/, 2],
  ['-a -f 7 -r 1.2.3.5:80', /fwmark service takes no port.*-r HOST/, 2],
  ['--start-daemon master', /--start-daemon.*mh/, 255],
];

describe('ipvsadm’s command line', () => {
  for (const [line, message, exit] of mistakes)
    it(`refuses \`${line}\` as 1.31 does`, () => assert.deepEqual(mistake(line), [message, exit]));

  for (const [line, command] of spellings)
    it(`takes \`${line}\``, () => {
      if (command === undefined) assert.equal(mistake(line)[0], "multiple 'persistent' options specified");
      else assert.deepEqual(parse(line), command);
    });

  for (const [line, pattern, exit] of refused)
    it(`refuses by name what xlb does not do: \`${line}\``, () => {
      const [message, code] = mistake(line);
      assert.match(message, pattern);
      assert.equal(code, exit);
    });

  it('names the hosts that must be looked up before it is read', () => {
    const line = '-a -t www:80 -r web1.example.org:http -M 24';
    assert.deepEqual(hostNames(line.split(' ')), ['www', 'web1.example.org']);
    assert.deepEqual(hostNames('-a -t 10.1:80 -r [fd00::1]:80'.split(' ')), []);
  });
});

describe('what -R reads', () => {
  it('parts words by blanks, drops the program’s name and knows no comments', () => {
    assert.deepEqual(restoreWords('ipvsadm  -A\t-t 10.0.0.1:80\r'), ['-A', '-t', '10.0.0.1:80']);
    assert.deepEqual(restoreWords('  '), []);
    assert.deepEqual(restoreWords('# -A'), ['#', '-A']);
  });
});
