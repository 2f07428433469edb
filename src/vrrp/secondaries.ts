/** promote_secondaries: with the first address of a subnet, Linux does not remove the others of it. */
import { reasonOf } from '../base/errors.ts';
import type { Logger } from '../base/log.ts';
import type { VrrpInstanceConfig } from '../config/model.ts';
import type { Sysctl } from '../host/sysctl.ts';
import { BorrowedSysctls, interfaceSetting } from './borrowed_sysctls.ts';

export class Secondaries {
  readonly #sysctls: BorrowedSysctls;
  readonly #log: Logger;

  constructor({ log, sysctl }: { readonly log: Logger; readonly sysctl: Sysctl }) {
    this.#log = log;
    this.#sysctls = new BorrowedSysctls(sysctl);
  }

  /** On the interfaces of the instances that ask for it; `isThere`: of an interface. */
  promote(configs: readonly VrrpInstanceConfig[], isThere: (name: string) => boolean): void {
    const names = configs.flatMap(({ addresses, promoteSecondaries }) =>
      promoteSecondaries
        ? addresses.filter(({ address }) => !address.includes(':')).map((one) => one.interface)
        : [],
    );
    const settings = new Set<string>();
    for (const name of new Set(names)) {
      if (!isThere(name)) continue;
      const setting = interfaceSetting(name, 'promote_secondaries');
      settings.add(setting);
      try {
        this.#sysctls.set(setting, '1');
      } catch (error) {
        this.#log.warn(`Cannot promote secondary addresses of ${name}: ${reasonOf(error)}`);
      }
    }
    this.#sysctls.restoreOthers(settings);
  }
}
