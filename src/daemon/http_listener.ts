/** HTTP on the address that xlb_http names: metrics and health, read only. Nothing of xlb waits for it. */
import { isDeepStrictEqual } from 'node:util';
import { reasonOf } from '../base/errors.ts';
import type { Logger } from '../base/log.ts';
import type { HttpConfig } from '../config/model.ts';
import type { ControlServer } from '../control/server.ts';
import type { Running } from './running.ts';

export class HttpListener {
  readonly #running: Pick<Running, 'facts' | 'healthy'>;
  readonly #log: Logger;
  #server: ControlServer | undefined;
  #config: HttpConfig = 'off';

  constructor(running: Pick<Running, 'facts' | 'healthy'>, log: Logger) {
    this.#running = running;
    this.#log = log;
  }

  /** Goes to where `config` says; an address that cannot be had is told, and tried again by the next reload. */
  async listen(config: HttpConfig): Promise<void> {
    if (isDeepStrictEqual(config, this.#config) && (this.#server !== undefined || config === 'off')) return;
    await this.close();
    this.#config = config;
    if (config === 'off') return;
    const [{ ControlServer }, { httpRoutes }] = await Promise.all([
      import('../control/server.ts'),
      import('./http_routes.ts'),
    ]);
    const where = `${config.host} port ${config.port}`;
    try {
      this.#server = await ControlServer.listen(config, httpRoutes(this.#running));
      this.#log.info(`HTTP: metrics are read at ${where}`);
    } catch (error) {
      this.#log.warn(
        `Cannot listen on ${where}: ${reasonOf(error)}. There are no metrics until xlb_http names ` +
          'an address and port that are free, and xlb is told to reload',
      );
    }
  }

  async close(): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    await server?.close();
  }
}
