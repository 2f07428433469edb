/** keepalived's subjects and bodies of alerts. Pure. */
import type { NotificationEvent, NotifiedState } from './event.ts';

export interface MailText {
  readonly subject: string;
  readonly body: string;
}

type StateText = readonly [title: string, body: string];

const LOST = '=> VRRP Instance is no longer owning VRRP VIPs <=';

const instanceTexts: Readonly<Record<NotifiedState, StateText>> = {
  MASTER: ['Entering MASTER state', '=> VRRP Instance is now owning VRRP VIPs <='],
  BACKUP: ['Entering BACKUP state', LOST],
  FAULT: ['Entering FAULT state', LOST],
  STOP: ['Stopping', '=> VRRP Instance stopping <='],
  DELETED: ['Deleted', LOST],
};

const groupTexts: Readonly<Record<Exclude<NotifiedState, 'DELETED'>, StateText>> = {
  MASTER: ['Entering MASTER state', '=> All VRRP group instances are now in MASTER state <='],
  BACKUP: ['Entering BACKUP state', '=> All VRRP group instances are now in BACKUP state <='],
  FAULT: ['Entering FAULT state', '=> All VRRP group instances are now in FAULT state <='],
  STOP: ['Stopping', '=> All VRRP group instances are now stopping <='],
};

/** Undefined: no mail is written of such an event. */
export function mailText(event: NotificationEvent, routerId: string): MailText | undefined {
  switch (event.kind) {
    case 'instance':
      return text(`[${routerId}] VRRP Instance ${event.name}`, instanceTexts[event.state]);
    case 'group':
      return text(`[${routerId}] VRRP Group ${event.name}`, groupTexts[event.state]);
    case 'real_server':
    case 'check': {
      const { realServer, virtualServer, state, why } = event;
      const about = `[${routerId}] Realserver ${realServer} of virtual server ${virtualServer}`;
      return text(about, [state, `=> ${why} <=`]);
    }
    case 'virtual_server': {
      const { virtualServer, state, why } = event;
      return text(`[${routerId}] Virtualserver ${virtualServer}`, [state, `=> ${why} <=`]);
    }
    case 'lower_priority':
    case 'priority':
      return undefined;
  }
}

function text(about: string, [title, body]: StateText): MailText {
  return { subject: `${about} - ${title}`, body };
}
