/** Writes down the virtual routers, so that after a crash the watchdog knows whom to listen for. */
import { reasonOf } from '../base/errors.ts';
import type { Logger } from '../base/log.ts';
import type { Config } from '../config/model.ts';
import { onMacvlan } from '../vrrp/macvlans.ts';
import { rememberInstances } from '../vrrp/remembered_instances.ts';
import type { InstancePaths } from './paths.ts';

/** A file that cannot be written is told, and stops nothing. */
export function rememberRouters(
  { log, paths }: { readonly log: Logger; readonly paths: InstancePaths },
  { vrrpInstances }: Pick<Config, 'vrrpInstances'>,
): void {
  try {
    rememberInstances(paths.vrrpFile, vrrpInstances.map(onMacvlan));
  } catch (error) {
    log.warn(`Cannot write ${paths.vrrpFile}: ${reasonOf(error)}. After a crash, addresses would stay`);
  }
}
