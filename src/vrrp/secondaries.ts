/** promote_secondaries: with the first address of a subnet, Linux does not remove the others of it. */
import { reasonOf } from '../base/errors.ts';
import type { Logger } from '../base/log.ts';
import type { VrrpInstanceConfig } from '../config/model.ts';
import type { Sysctl } from '../host/sysctl.ts';
import { type BorrowedSettings, BorrowedSysctls } from './borrowed_sysctls.ts';

export interface SecondariesShell {
  readonly log: Logger;
  readonly sysctl: Sysctl;
  readonly borrowed: BorrowedSettings;
}

export class Secondaries {
  readonly #sysctls: BorrowedSysctls;
  readonly #log: Logger;

  constructor({ borrowed, log, sysctl }: SecondariesShell) {
    this.#log = log;
    this.#sysctls = new BorrowedSysctls(sysctl, { before: borrowed, what: 'promote_secondaries' });
  }

  /** On the interfaces of the instances that ask for it; `isThere`: of an interface. */
  promote(configs: readonly VrrpInstanceConfig[], isThere: (name: string) => boolean): void {
    const names = configs.flatMap(({ addresses, promoteSecondaries }) =>
      promoteSecondaries
        ? addresses.filter(({ address }) => !address.includes(':')).map((one) => one.interface)
        : [],
    );
    const promoted = new Set<string>();
    for (const name of new Set(names)) {
      if (!isThere(name)) continue;
      promoted.add(name);
      try {
        this.#sysctls.set(name, '1');
      } catch (error) {
        this.#log.warn(`Cannot promote secondary addresses of ${name}: ${reasonOf(error)}`);
      }
    }
    this.#sysctls.restoreOthers(promoted);
  }
}
