/** Every vector, in a packet's order: from its bytes to its real server. */
import type { Vector } from '../../helpers/vectors.ts';
import { answerVectors } from './answers.ts';
import { ethernetVectors } from './ethernet.ts';
import { flowVectors } from './flows.ts';
import { fragmentVectors } from './fragments.ts';
import { groupVectors } from './groups.ts';
import { hashSchedulerVectors } from './hash_schedulers.ts';
import { icmpVectors } from './icmp.ts';
import { ipv4Vectors } from './ipv4.ts';
import { ipv6Vectors } from './ipv6.ts';
import { localitySchedulerVectors } from './locality_schedulers.ts';
import { markVectors } from './marks.ts';
import { persistenceVectors } from './persistence.ts';
import { persistenceClientVectors } from './persistence_clients.ts';
import { realServerVectors } from './real_servers.ts';
import { schedulerVectors } from './schedulers.ts';
import { settingVectors } from './settings.ts';
import { thresholdVectors } from './thresholds.ts';
import { tooBigVectors } from './too_big.ts';
import { transportVectors } from './transport.ts';
import { virtualServerVectors } from './virtual_servers.ts';

export const vectors: Readonly<Record<string, readonly Vector[]>> = {
  Ethernet: ethernetVectors,
  IPv4: ipv4Vectors,
  IPv6: ipv6Vectors,
  'TCP and UDP headers': transportVectors,
  'ICMP errors': icmpVectors,
  fragments: fragmentVectors,
  'virtual servers': virtualServerVectors,
  flows: flowVectors,
  'real servers': realServerVectors,
  schedulers: schedulerVectors,
  'sh, dh and mh': hashSchedulerVectors,
  'lblc and lblcr': localitySchedulerVectors,
  answers: answerVectors,
  persistence: persistenceVectors,
  thresholds: thresholdVectors,
  marks: markVectors,
  groups: groupVectors,
  settings: settingVectors,
  'whose template it is': persistenceClientVectors,
  'packets that are too big': tooBigVectors,
};
