/** Pure: keepalived.stats, byte for byte as keepalived 2.2 writes it. */
import type { Report } from './report.ts';
import { reportedInstances } from './report.ts';

export function statisticsText(report: Report): string {
  return reportedInstances(report)
    .map(({ config, status: { statistics: counts } }) =>
      [
        `VRRP Instance: ${config.name}`,
        '  Advertisements:',
        `    Received: ${counts.advert_rcvd}`,
        `    Sent: ${counts.advert_sent}`,
        `  Became master: ${counts.become_master}`,
        `  Released master: ${counts.release_master}`,
        '  Packet Errors:',
        `    Length: ${counts.packet_len_err}`,
        `    TTL: ${counts.ip_ttl_err}`,
        `    Invalid Type: ${counts.invalid_type_rcvd}`,
        `    Advertisement Interval: ${counts.advert_interval_err}`,
        `    Address List: ${counts.addr_list_err}`,
        '  Authentication Errors:',
        `    Invalid Type: ${counts.invalid_authtype}`,
        `    Type Mismatch: ${counts.authtype_mismatch}`,
        `    Failure: ${counts.auth_failure}`,
        '  Priority Zero:',
        `    Received: ${counts.pri_zero_rcvd}`,
        `    Sent: ${counts.pri_zero_sent}`,
        '',
      ].join('\n'),
    )
    .join('');
}
