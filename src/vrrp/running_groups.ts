/** The sync groups at work: asked after every step of a member, they move the others. */
import type { Logger } from '../base/log.ts';
import type { VrrpSyncGroupConfig } from '../config/model.ts';
import type { Instance } from './instance.ts';
import type { VrrpNews } from './news.ts';
import { decideGroup, describeGroup, type GroupRole } from './sync_group.ts';
import type { NotifyState } from './virtual_router.ts';

/** Orders change roles, and roles ask for orders: it ends long before this. */
const MOST_ROUNDS = 16;

export interface GroupsShell {
  readonly log: Logger;
  readonly tell: (news: VrrpNews) => void;
  readonly member: (name: string) => Instance | undefined;
}

interface RunningGroup {
  config: VrrpSyncGroupConfig;
  role: GroupRole;
}

export class RunningGroups {
  readonly #shell: GroupsShell;
  readonly #groups = new Map<string, RunningGroup>();
  #settling = false;
  #again = false;
  #held = false;

  constructor(shell: GroupsShell) {
    this.#shell = shell;
  }

  configure(configs: readonly VrrpSyncGroupConfig[]): void {
    const names = new Set(configs.map(({ name }) => name));
    for (const name of this.#groups.keys()) if (!names.has(name)) this.#groups.delete(name);
    for (const config of configs) {
      const group = this.#groups.get(config.name);
      if (group === undefined) this.#groups.set(config.name, { config, role: 'initialize' });
      else group.config = config;
    }
  }

  /** Every member has left: a group is told of its end as its members are. */
  stopped(): void {
    for (const { config } of this.#groups.values()) this.#tell(config, 'STOP');
    this.#groups.clear();
  }

  /** All that are in a group with it, itself left out. */
  companions(name: string): string[] {
    return [...this.#groups.values()]
      .filter(({ config }) => config.instances.includes(name))
      .flatMap(({ config }) => config.instances.filter((member) => member !== name));
  }

  /** While several members change one after the other, nobody is asked. */
  together(change: () => void): void {
    const wasHeld = this.#held;
    this.#held = true;
    try {
      change();
    } finally {
      this.#held = wasHeld;
    }
    this.settle();
  }

  /** Asks every group until nothing is left to be ordered. A call from within an order is carried out after it. */
  settle(): void {
    if (this.#held) return;
    this.#again = true;
    if (this.#settling) return;
    this.#settling = true;
    try {
      for (let round = 0; this.#again && round < MOST_ROUNDS; round++) {
        this.#again = false;
        for (const group of this.#groups.values()) this.#ask(group);
      }
    } finally {
      this.#settling = false;
    }
  }

  #ask(group: RunningGroup): void {
    const { instances, name } = group.config;
    const members = instances.flatMap((member) => {
      const instance = this.#shell.member(member);
      return instance === undefined
        ? []
        : [{ name: member, state: instance.state, preempts: instance.preempts }];
    });
    if (members.length === 0) return;
    const { role, orders } = decideGroup(group.role, members);
    if (role !== group.role) {
      group.role = role;
      if (role !== 'initialize') {
        const state = ({ backup: 'BACKUP', master: 'MASTER', fault: 'FAULT' } as const)[role];
        const about = { event: 'vrrp_group_changed', vrrp_sync_group: name, to: state };
        this.#shell.log.info(describeGroup(name, role), undefined, about);
        this.#tell(group.config, state);
      }
    }
    for (const { member, order } of orders) this.#shell.member(member)?.order(order);
  }

  #tell({ name, notify }: VrrpSyncGroupConfig, state: NotifyState): void {
    this.#shell.tell({ news: 'notification', event: { kind: 'group', name, notify, state } });
  }
}
