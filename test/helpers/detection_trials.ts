/** Every checker and the ways in which what it asks can fail: detection.ts. */
import type { Fault, Service } from './faulty_orders.ts';

export interface Trial {
  readonly name: string;
  readonly protocol?: 'UDP';
  /** Which of the real servers; the first one when left out. */
  readonly host?: number;
  /** What listens there, on the port of the virtual server. */
  readonly service?: Service['kind'];
  readonly fault: Exclude<Fault, 'none'> | 'no echo' | 'no answer' | 'file' | 'no file';
  /** An attempt fails when its time is over, not at once. */
  readonly slow: boolean;
  /** It comes to what fails only every so many attempts; 1 when left out. */
  readonly turns?: number;
  /** The check; `file` is one of its own. */
  lines(file: string): readonly string[];
}

const block = (name: string, ...inside: string[]) => [`${name} {`, ...inside, '}'];
const page = (path = '/') => ['url {', `    path ${path}`, '}'];

const failing = (
  name: string,
  fault: Trial['fault'],
  more: Pick<Trial, 'lines'> & Partial<Trial>,
): Trial => ({
  name: `${name}, ${fault}`,
  fault,
  slow: fault === 'hanging' || fault === 'no echo' || fault === 'no answer',
  ...more,
});

const both = (name: string, more: Pick<Trial, 'lines' | 'service'> & Partial<Trial>): Trial[] => [
  failing(name, 'refusing', more),
  failing(name, 'hanging', more),
  failing(name, 'wrong', more),
];

export const trials: readonly Trial[] = [
  failing('TCP_CHECK', 'refusing', { service: 'tcp', lines: () => block('TCP_CHECK') }),
  failing('TCP_CHECK', 'no answer', { service: 'tcp', host: 2, lines: () => block('TCP_CHECK') }),
  ...both('HTTP_GET', { service: 'http', lines: () => block('HTTP_GET', ...page()) }),
  failing('HTTP_GET of 2 urls, one of them', 'wrong', {
    service: 'http',
    turns: 2,
    lines: () => block('HTTP_GET', ...page('/well'), ...page()),
  }),
  ...both('SSL_GET', { service: 'https', lines: () => block('SSL_GET', ...page()) }),
  ...both('SMTP_CHECK', { service: 'smtp', lines: () => block('SMTP_CHECK') }),
  ...both('DNS_CHECK', { service: 'dns', protocol: 'UDP', lines: () => block('DNS_CHECK') }),
  failing('UDP_CHECK', 'refusing', { service: 'udp', protocol: 'UDP', lines: () => block('UDP_CHECK') }),
  failing('UDP_CHECK with require_reply', 'hanging', {
    service: 'udp',
    protocol: 'UDP',
    lines: () => block('UDP_CHECK', 'payload 0102', 'require_reply 01'),
  }),
  failing('PING_CHECK', 'no echo', { host: 1, lines: () => block('PING_CHECK') }),
  failing('MISC_CHECK', 'no file', {
    lines: (file) => block('MISC_CHECK', `misc_path "/usr/bin/test -e ${file}"`, 'user root'),
  }),
  failing('MISC_CHECK that hangs', 'no file', {
    slow: true,
    lines: (file) =>
      block(
        'MISC_CHECK',
        `misc_path "/bin/sh -c 'test -e ${file} || sleep 60'"`,
        'misc_timeout 1',
        'user root',
      ),
  }),
  failing('FILE_CHECK', 'file', {
    lines: () => block('FILE_CHECK', 'track_file detected', 'weight 0'),
  }),
];
