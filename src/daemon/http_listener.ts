/** HTTP on the address that xlb_http names. Nothing of xlb waits for it, and nothing ends where it cannot be had. */
import { isDeepStrictEqual } from 'node:util';
import { isLoopback } from '../base/address.ts';
import { reasonOf } from '../base/errors.ts';
import type { Logger } from '../base/log.ts';
import type { GlobalConfig } from '../config/model.ts';
import type { AccessSettings } from '../web/access.ts';
import { readTls, readToken } from '../web/credentials.ts';
import type { Route } from '../web/route.ts';
import { type Tls, WebServer } from '../web/server.ts';

export type HttpSettings = Pick<GlobalConfig, 'http' | 'httpToken' | 'httpTls' | 'httpActions'>;

interface Credentials {
  readonly access: AccessSettings;
  readonly tls?: Tls;
}

interface Open {
  readonly server: WebServer;
  readonly at: HttpSettings['http'];
  credentials: Credentials;
}

export class HttpListener {
  readonly #routes: readonly Route[];
  readonly #log: Logger;
  #open: Open | undefined;

  constructor(routes: readonly Route[], log: Logger) {
    this.#routes = routes;
    this.#log = log;
  }

  /**
   * Goes to where the settings say, with their token and certificate; both files are read again. What cannot be had is
   * told, and tried again by the next reload.
   */
  async listen(settings: HttpSettings): Promise<void> {
    if (settings.http === 'off') return this.close();
    const credentials = this.#read(settings, settings.http.host);
    if (credentials === undefined) return;
    const open = this.#open;
    const sameKind = (open?.credentials.tls === undefined) === (credentials.tls === undefined);
    if (open !== undefined && sameKind && isDeepStrictEqual(open.at, settings.http)) {
      open.credentials = credentials;
      if (credentials.tls !== undefined) open.server.renewTls(credentials.tls);
      return;
    }
    await this.close();
    await this.#begin(settings.http, credentials);
  }

  async close(): Promise<void> {
    const open = this.#open;
    this.#open = undefined;
    await open?.server.close();
  }

  async #begin(at: Exclude<HttpSettings['http'], 'off'>, credentials: Credentials): Promise<void> {
    const where = `${at.host} port ${at.port}`;
    const { tls } = credentials;
    try {
      const server = await WebServer.listen(at, {
        routes: this.#routes,
        access: () => (this.#open?.credentials ?? credentials).access,
        ...(tls === undefined ? {} : { tls }),
      });
      this.#open = { server, at, credentials };
      this.#log.info(`HTTP${tls === undefined ? '' : ' with TLS'}: status and metrics at ${where}`);
    } catch (error) {
      this.#log.warn(
        `Cannot listen on ${where}: ${reasonOf(error)}. There are no metrics until xlb_http names ` +
          'an address and port that are free, and xlb is told to reload',
      );
    }
  }

  /**
   * Undefined where a file cannot be used. A listener that is protected already goes on as it was; one that is not is
   * closed: it shall not be open to everybody for a file's sake.
   */
  #read({ httpActions, httpTls, httpToken }: HttpSettings, host: string): Credentials | undefined {
    try {
      return {
        access: {
          actions: httpActions === true,
          loopback: isLoopback(host),
          ...(httpToken === undefined ? {} : { token: readToken(httpToken) }),
        },
        ...(httpTls === undefined ? {} : { tls: readTls(httpTls) }),
      };
    } catch (error) {
      const had = this.#open?.credentials;
      const isProtected =
        had !== undefined &&
        (httpToken === undefined || had.access.token !== undefined) &&
        (httpTls === undefined || had.tls !== undefined);
      if (!isProtected) void this.close();
      const then = isProtected ? 'HTTP goes on as it was' : 'There is no HTTP';
      this.#log.warn(`${reasonOf(error)}. ${then} until that is right, and xlb is told to reload`);
      return undefined;
    }
  }
}
